// Helper of tests/bench/memory_scale: mounts generated facts under a trained pipeline and measures what a question
// pays.
//   memory_scale_probe PIPELINE FACTS OUT QUESTIONS
// Writes OUT/result.json; for the other libraries OUT/keys.f32 ([keys, key_width], unit length),
// OUT/queries.f32 (what questions ask memory with, [queries, key_width]) and OUT/shape.json.
#include "core/nn/torch_pch.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/base/file_io.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/ask.h"
#include "stage2_reasoning/grading/evaluation.h"

namespace trivium {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kTop = kTopRows;
constexpr double kScale = 10.0;

// Wall time, and processor time of this process, which other users of the machine disturb less.
struct Times {
  std::vector<double> wall, processor;
};

class Stopwatch {
 public:
  double Wall() const { return std::chrono::duration<double, std::milli>(Clock::now() - start_).count(); }
  void Into(Times& times) const {
    times.wall.push_back(Wall());
    times.processor.push_back(1e3 * static_cast<double>(std::clock() - cycles_) / CLOCKS_PER_SEC);
  }

 private:
  Clock::time_point start_ = Clock::now();
  std::clock_t cycles_ = std::clock();
};

double PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double Percentile(std::vector<double> times, double share) {
  std::sort(times.begin(), times.end());
  return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
}

nlohmann::json Percentiles(const Times& times) {
  return {{"p50_ms", Percentile(times.wall, 0.5)},
          {"p99_ms", Percentile(times.wall, 0.99)},
          {"processor_p50_ms", Percentile(times.processor, 0.5)},
          {"runs", times.wall.size()}};
}

// People beyond the names that the reasoner was trained with: names written together, which make words of many pieces.
std::string PersonName(int64_t n) {
  const auto& names = EnglishLexicon().training_names();
  const auto base = static_cast<int64_t>(names.size());
  std::string name = names[static_cast<size_t>(n % base)];
  for (n /= base; n > 0; n = (n - 1) / base) name += names[static_cast<size_t>((n - 1) % base)];
  return name;
}

struct Asked {
  std::string question, answer;
  size_t fact = 0;
};

// Every person has every one of four relations, once, to a person of one name: such answers can be given.
struct Generated {
  std::vector<Fact> facts;
  std::vector<Asked> simple, compound;  // questions about people of one name and of several
};

constexpr int64_t kRelations = 4;

Generated Generate(int64_t count, Rng& rng) {
  const auto& names = EnglishLexicon().training_names();
  Generated made;
  for (int64_t i = 0; i < count; ++i) {
    const std::string& relation = EnglishLexicon().relations()[static_cast<size_t>(i % kRelations)];
    const int64_t person = i / kRelations;
    const std::string subject = PersonName(person), object = rng.Pick(names);
    made.facts.push_back(MakeFact(RelationFact(relation, subject, object)));
    auto& questions = person < static_cast<int64_t>(names.size()) ? made.simple : made.compound;
    questions.push_back({RelationQuestion({relation}, subject), object, made.facts.size() - 1});
  }
  return made;
}

// What all the questions' words ask memory with: their prefix keys, projected. [queries, key_width]
absl::StatusOr<at::Tensor> Queries(const Reasoner& reasoner, const std::vector<Asked>& asked, Rng& rng, int64_t count) {
  std::vector<std::string> texts;
  for (int64_t i = 0; i < count; ++i) texts.push_back(rng.Pick(asked).question);
  ASSIGN_OR_RETURN(const EncodedSentences encoded, reasoner.encoder().Encode(texts));
  std::vector<at::Tensor> rows;
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(encoded.keys[i].narrow(0, 0, encoded.lengths[static_cast<size_t>(i)]));
  torch::NoGradGuard no_grad;
  return UnitLength(reasoner.reader().PrefixQuery(at::cat(rows))).contiguous();
}

void TimeSearch(const RowIndex& index, const at::Tensor& queries, nlohmann::json& result) {
  for (const int64_t batch : {1, 64}) {
    Times exact, approximate;
    double found = 0, wanted = 0;
    for (int64_t first = 0; first + batch <= queries.size(0) && exact.wall.size() < 100; first += batch) {
      const at::Tensor part = queries.narrow(0, first, batch);
      Stopwatch watch;
      const RowMatches all = index.SearchAll(part, kScale, kTop);
      watch.Into(exact);
      watch = Stopwatch();
      const RowMatches some = index.Search(part, kScale, kTop);
      watch.Into(approximate);
      found += (some.rows.unsqueeze(2) == all.rows.unsqueeze(1)).any(2).sum().item<double>();
      wanted += static_cast<double>(batch * kTop);
    }
    result["batch_" + std::to_string(batch)] = {
        {"exact", Percentiles(exact)}, {"approximate", Percentiles(approximate)}, {"recall", found / wanted}};
  }
}

void WriteFloats(const std::filesystem::path& path, const at::Tensor& rows) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(rows.data_ptr<float>()), static_cast<std::streamsize>(rows.numel() * 4));
}

absl::StatusOr<nlohmann::json> TimeQuestions(const Pipeline& pipeline, const std::vector<Asked>& asked,
                                             const AskOptions& ask, int64_t questions, Rng& rng) {
  Times times;
  int64_t right = 0;
  size_t loops = 0;
  for (int64_t i = 0; i < questions; ++i) {
    const Asked& one = rng.Pick(asked);
    const Stopwatch watch;
    ASSIGN_OR_RETURN(const Trace trace, Ask(pipeline, one.question, ask));
    watch.Into(times);
    right += trace.answer == one.answer;
    loops += trace.steps.size();
  }
  nlohmann::json result = Percentiles(times);
  result["right"] = static_cast<double>(right) / static_cast<double>(questions);
  result["loops"] = static_cast<double>(loops) / static_cast<double>(questions);
  return result;
}

// From the fact as the user changed it to the answer, and its parts: the new rows, the question.
absl::StatusOr<nlohmann::json> TimeEdits(Pipeline& pipeline, const std::vector<Asked>& asked, const AskOptions& ask,
                                         int64_t edits, Rng& rng) {
  Times whole, rows, question;
  int64_t right = 0;
  for (int64_t i = 0; i < edits; ++i) {
    const Asked& one = rng.Pick(asked);
    Fact fact = pipeline.mounts[0].facts()[one.fact];
    const std::string object = rng.Pick(EnglishLexicon().training_names());
    const std::vector<std::string> words = SplitWords(one.question);
    const Stopwatch watch;
    fact.text = RelationFact(words[1], words[3], object);
    pipeline.mounts[0].Replace(one.fact, std::move(fact));
    RETURN_IF_ERROR(pipeline.Rows().status());
    watch.Into(rows);
    const Stopwatch then;
    ASSIGN_OR_RETURN(const Trace trace, Ask(pipeline, one.question, ask));
    then.Into(question);
    watch.Into(whole);
    right += trace.answer == object;
  }
  return nlohmann::json{{"whole", Percentiles(whole)},
                        {"rows", Percentiles(rows)},
                        {"question", Percentiles(question)},
                        {"right", static_cast<double>(right) / static_cast<double>(edits)}};
}

absl::Status Run(const std::string& dir, int64_t count, const std::filesystem::path& out, int64_t questions) {
  RETURN_IF_ERROR(MakeDirectories(out));
  ASSIGN_OR_RETURN(Pipeline pipeline, LoadPipeline(dir));
  const Reasoner& reasoner = *pipeline.reasoner;
  Rng rng(1);
  Generated made = Generate(count, rng);
  pipeline.mounts = {{"generated", 1.0, std::move(made.facts)}};
  nlohmann::json result = {{"facts", count}, {"megabytes_before", PeakMegabytes()}};

  // Mounted by the first question; then nothing is encoded any more.
  Stopwatch watch;
  ASSIGN_OR_RETURN(const MountedRows* rows, pipeline.Rows());
  const double mounting = watch.Wall() / 1000;
  const RowStore& store = rows->store();
  result.update({{"mount_seconds", mounting},
                 {"facts_per_second", static_cast<double>(count) / mounting},
                 {"rows", store.rows()},
                 {"keys", store.keys()},
                 {"lists", store.index().lists()},
                 {"megabytes_peak", PeakMegabytes()}});
  {
    // The keys once more in an index of their own: how long that takes alone, and what the other libraries get.
    std::vector<int64_t> numbers(static_cast<size_t>(store.keys()));
    std::iota(numbers.begin(), numbers.end(), 0);
    const at::Tensor keys = store.index().KeysOf(numbers);
    RowIndex index(reasoner.encoder().key_width());
    watch = Stopwatch();
    index.Add(numbers, keys, at::zeros({keys.size(0)}));
    index.Balance();
    result["index_build_seconds"] = watch.Wall() / 1000;
    ASSIGN_OR_RETURN(const at::Tensor queries,
                     Queries(reasoner, made.compound.empty() ? made.simple : made.compound, rng, 400));
    TimeSearch(index, queries, result);
    WriteFloats(out / "keys.f32", keys);
    WriteFloats(out / "queries.f32", queries);
    RETURN_IF_ERROR(WriteFileAtomic(
        out / "shape.json",
        nlohmann::json{{"keys", keys.size(0)}, {"queries", queries.size(0)}, {"width", keys.size(1)}}.dump()));
  }

  AskOptions ask;
  ask.halting.automatic = true;
  ask.halting.loops = kMostAutomaticLoops;
  for (const auto& [name, list] : {std::pair("one_name", &made.simple), std::pair("several_names", &made.compound)}) {
    if (list->empty()) continue;
    ASSIGN_OR_RETURN(result["ask"][name], TimeQuestions(pipeline, *list, ask, questions, rng));
  }
  ASSIGN_OR_RETURN(result["edit"], TimeEdits(pipeline, made.simple, ask, questions, rng));
  return WriteFileAtomic(out / "result.json", result.dump(2) + "\n");
}

}  // namespace
}  // namespace trivium

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  absl::Status status = trivium::UsageError("usage: see the head of memory_scale_probe.cc");
  if (args.size() == 4) status = trivium::Run(args[0], std::stoll(args[1]), args[2], std::stoll(args[3]));
  if (!status.ok()) std::cerr << "error: " << trivium::Message(status) << "\n";
  return trivium::ExitCode(status);
}
