// The measures of a language model on models whose answers are known: one that knows nothing, one that has learnt a
// few sentences by heart.
#include "stage1_language/measures/language_rows.h"

#include "core/train/optimizer.h"
#include "stage1_language/measures/next_word.h"
#include "stage1_language/measures/text_scores.h"
#include "stage1_language/model/language_model.h"
#include "tests/stage1_language/tiny_language.h"
#include "tests/torch_test.h"

using namespace trivium;

namespace {

LanguageModel Untaught() { return LanguageModel(TinyLanguageConfig(), TinyTokenizer().vocab_size(), SeedTree(4)); }

// Trained on these sentences until it knows them.
const LanguageModel& Taught() {
  static const LanguageModel kModel = [] {
    LanguageModel model = Untaught();
    TrainerConfig config;
    config.learning_rate = 0.01;
    config.warmup_steps = 0;
    config.steps = 150;
    Optimizer optimizer = Optimizer::Create(model.Parameters(), config).value();
    std::vector<std::vector<int64_t>> rows;
    size_t longest = 0;
    for (const char* text : {" the friend of anna is ben .", " ben is taller than carla .", " dora met zyx ."}) {
      rows.push_back({TinyTokenizer().bos()});
      for (const int32_t id : TinyTokenizer().Encode(text)) rows.back().push_back(id);
      longest = std::max(longest, rows.back().size());
    }
    for (int step = 0; step < 150; ++step) {
      optimizer.ZeroGradients();
      for (const auto& row : rows) model.Loss(torch::tensor(row).unsqueeze(0)).backward();
      REQUIRE(optimizer.Step(step).ok());
    }
    return model;
  }();
  return kModel;
}

const LanguageRow& RowOf(const std::vector<LanguageRow>& rows, const std::string& measure, const std::string& part) {
  for (const LanguageRow& row : rows) {
    if (row.measure == measure && row.part == part) return row;
  }
  throw std::runtime_error("no row " + measure + " " + part);
}

}  // namespace

TEST_CASE("A text's score is the sum over its tokens, whatever is scored beside it", "[stage1_language]") {
  const std::vector<std::string> texts = {" anna is ben .", " ben", " who is the teacher of dora ?"};
  const auto together = ScoreTexts(Untaught(), TinyTokenizer(), texts);
  for (size_t i = 0; i < texts.size(); ++i) {
    std::vector<int64_t> ids = {TinyTokenizer().bos()};
    for (const int32_t id : TinyTokenizer().Encode(texts[i])) ids.push_back(id);
    const double mean = Untaught().Loss(torch::tensor(ids).unsqueeze(0)).item<double>();
    REQUIRE(together[i].tokens == static_cast<int64_t>(ids.size()) - 1);
    REQUIRE(together[i].nats == Approx(mean * static_cast<double>(together[i].tokens)).epsilon(1e-4));
  }
}

TEST_CASE("Perplexities are the same nats over tokens and over words", "[stage1_language]") {
  const auto result = MeasureBitsPerByte(Untaught(), TinyTokenizer(), {" anna is ben .", " zoe is taller"});
  REQUIRE(result.ok());
  REQUIRE(result->words == 7);
  const double nats = result->value * std::log(2.0) * static_cast<double>(result->bytes);
  REQUIRE(std::log(result->perplexity.value) * static_cast<double>(result->tokens) == Approx(nats).epsilon(1e-6));
  REQUIRE(std::log(result->word_perplexity.value) * 7 == Approx(nats).epsilon(1e-6));
  REQUIRE(result->word_perplexity.low <= result->word_perplexity.value);
  REQUIRE(result->word_perplexity.value <= result->word_perplexity.high);
  const auto rows = RowsOf(*result, "here", "trained");
  REQUIRE(RowOf(rows, "perplexity per word", "all").value == result->word_perplexity.value);
  REQUIRE(RowOf(rows, "bits per byte", "all").n == 2);
}

TEST_CASE("A taught model prefers what it was taught; equal sentences tie", "[stage1_language]") {
  const std::vector<MinimalPair> pairs = {
      {"the friend of anna is ben .", "the friend anna of is ben .", "order", "syntax"},
      {"ben is taller than carla .", "ben is than taller carla .", "order", "syntax"},
      {"ben is taller", "ben is taller", "equal", "tie"},
  };
  const auto rows = MeasurePairs(Taught(), TinyTokenizer(), pairs, "here", "trained");
  REQUIRE(RowOf(rows, "pairs", "all").value == Approx(2.5 / 3));
  REQUIRE(RowOf(rows, "pairs", "syntax").value == 1.0);
  REQUIRE(RowOf(rows, "pairs", "tie").value == 0.5);
  REQUIRE(RowOf(rows, "pairs", "syntax/order").n == 2);
  REQUIRE(RowOf(rows, "pairs", "all").low < 2.5 / 3);
  const std::string table = RenderLanguageTable(rows);
  REQUIRE(table.find("83.3 %") != std::string::npos);
  REQUIRE(table.find("syntax/order") == std::string::npos);
}

TEST_CASE("The expected word is found, also one of several tokens", "[stage1_language]") {
  REQUIRE(TinyTokenizer().Encode(" zyx").size() > 1);
  const std::vector<ClozeItem> items = {{"the friend of anna is", "ben"}, {"dora met", "zyx"}, {"ben is", "dora"}};
  const auto rows = MeasureCloze(Taught(), TinyTokenizer(), items, "here", "trained");
  REQUIRE(rows.ok());
  REQUIRE(RowOf(*rows, "cloze top-1", "all").value == Approx(2.0 / 3));
  REQUIRE(RowOf(*rows, "cloze top-5", "all").value >= 2.0 / 3);
}

TEST_CASE("Next words are different, in order, and their chances add to at most one", "[stage1_language]") {
  const WordPieces pieces(TinyTokenizer());
  for (const LanguageModel& model : {Taught(), Untaught()}) {
    const auto next = PredictNextWord(model, TinyTokenizer(), pieces, "the friend of");
    REQUIRE(next.ok());
    REQUIRE(next->likeliest.size() == 5);
    double total = 0;
    for (size_t i = 0; i < 5; ++i) {
      total += std::exp(next->likeliest[i].log_probability);
      REQUIRE(FirstWord(next->likeliest[i].word) == next->likeliest[i].word);
      for (size_t j = 0; j < i; ++j) {
        REQUIRE(next->likeliest[j].word != next->likeliest[i].word);
        REQUIRE(next->likeliest[j].log_probability >= next->likeliest[i].log_probability);
      }
    }
    REQUIRE(total <= 1.0 + 1e-5);
  }
  REQUIRE(PredictNextWord(Taught(), TinyTokenizer(), pieces, "the friend of")->likeliest[0].word == "anna");
}

TEST_CASE("A word's chance is that of its tokens and of an end behind them", "[stage1_language]") {
  const WordPieces pieces(TinyTokenizer());
  const auto next = PredictNextWord(Taught(), TinyTokenizer(), pieces, "the friend of");
  std::vector<int64_t> ids = {TinyTokenizer().bos()};
  for (const int32_t id : TinyTokenizer().Encode(" the friend of")) ids.push_back(id);
  double chance = 0;
  for (const int32_t id : TinyTokenizer().Encode(" anna")) {
    torch::NoGradGuard no_gradients;
    const at::Tensor logits = Taught().NextLogits(torch::tensor(ids).unsqueeze(0))[0];
    chance += at::log_softmax(logits, 0)[id].item<double>();
    ids.push_back(id);
  }
  torch::NoGradGuard no_gradients;
  const at::Tensor after = at::softmax(Taught().NextLogits(torch::tensor(ids).unsqueeze(0))[0], 0);
  double ends = 0;
  for (int32_t id = 0; id < TinyTokenizer().vocab_size(); ++id) {
    if (pieces.ends_word(id)) ends += after[id].item<double>();
  }
  // Other token sequences of the same word may add a little.
  REQUIRE(next->likeliest[0].log_probability >= chance + std::log(ends) - 1e-4);
  REQUIRE(next->likeliest[0].log_probability == Approx(chance + std::log(ends)).margin(0.05));
}

TEST_CASE("A prompt longer than the context is read from its end", "[stage1_language]") {
  const WordPieces pieces(TinyTokenizer());
  std::string prompt;
  for (int i = 0; i < 40; ++i) prompt += " anna is ben .";
  REQUIRE(PredictNextWord(Taught(), TinyTokenizer(), pieces, prompt + " the friend of").ok());
  REQUIRE(ExitCode(PredictNextWord(Taught(), TinyTokenizer(), pieces, "\xFF").status()) == 2);
}
