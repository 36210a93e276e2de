// Helper of tests/python/transformers_check.py: seals models, and dumps what C++ computes from a sealed model.
//   dump_logits seal STRINGS.json DIR fixed|trained|tied KV_HEADS     a random model and a tokenizer trained on the
//   strings dump_logits run DIR STRINGS.json LOGITS OUT        ids of all strings -> OUT/ids.json,
//                                                      logits of the first LOGITS -> OUT/logits.safetensors "0", "1",
//                                                      ..
#include "core/nn/torch_pch.h"

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/file_io.h"
#include "core/train/tensor_io.h"
#include "stage1_language/model/frozen_lm.h"

namespace trivium {
namespace {

absl::StatusOr<std::vector<std::string>> ReadStrings(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 64 << 20));
  return nlohmann::json::parse(text).get<std::vector<std::string>>();
}

absl::Status SealRandom(const std::string& strings_path, const std::string& dir, const std::string& embeddings,
                        int64_t kv_heads) {
  ASSIGN_OR_RETURN(const auto strings, ReadStrings(strings_path));
  TokenizerConfig tokenizer_config;
  tokenizer_config.vocab_size = 600;
  ASSIGN_OR_RETURN(const Tokenizer tokenizer, Tokenizer::Train(strings, tokenizer_config));
  LanguageConfig config;
  config.kv_heads = kv_heads;
  config.embeddings = embeddings;
  ASSIGN_OR_RETURN(const auto lm, FrozenLm::Random(config, tokenizer, SeedTree(1)));
  return lm->SealTo(dir);
}

absl::Status Run(const std::string& dir, const std::string& strings_path, size_t num_logits,
                 const std::filesystem::path& out) {
  ASSIGN_OR_RETURN(const auto lm, FrozenLm::Load(dir));
  ASSIGN_OR_RETURN(const auto strings, ReadStrings(strings_path));
  nlohmann::json ids = nlohmann::json::array();
  NamedTensors logits;
  for (size_t i = 0; i < strings.size(); ++i) {
    const std::vector<int32_t> pieces = lm->tokenizer().Encode(strings[i]);
    ids.push_back(pieces);
    if (i >= num_logits || pieces.empty()) continue;
    const at::Tensor row = torch::tensor(std::vector<int64_t>(pieces.begin(), pieces.end())).unsqueeze(0);
    logits.emplace_back(std::to_string(i), lm->model().Logits(row)[0]);  // [tokens, vocab]
  }
  ASSIGN_OR_RETURN(const std::string bytes, TensorsToBytes(logits));
  RETURN_IF_ERROR(MakeDirectories(out));
  RETURN_IF_ERROR(WriteFileAtomic(out / "logits.safetensors", bytes));
  return WriteFileAtomic(out / "ids.json", ids.dump());
}

}  // namespace
}  // namespace trivium

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  absl::Status status = trivium::UsageError("usage: see the head of dump_logits.cc");
  if (args.size() == 5 && args[0] == "seal") {
    status = trivium::SealRandom(args[1], args[2], args[3], std::stoll(args[4]));
  } else if (args.size() == 5 && args[0] == "run") {
    status = trivium::Run(args[1], args[2], std::stoull(args[3]), args[4]);
  }
  if (!status.ok()) std::cerr << "error: " << trivium::Message(status) << "\n";
  return trivium::ExitCode(status);
}
