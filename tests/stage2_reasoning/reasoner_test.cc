// The row encoder and the loop: what stands in a row, that items of a batch do not touch each other, halting, traces.
#include "stage2_reasoning/reasoner/reasoner.h"

#include "tests/harness/gradient_check.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

ReasonerAnswers RunItems(const Reasoner& reasoner, const std::vector<Item>& items, const RunOptions& options) {
  return reasoner.Run(EncodeItems(reasoner.encoder(), items).value(), options);
}

}  // namespace

TEST_CASE("A row's key depends on the words before it alone and its value is the word's own vector", "[memory]") {
  const RowEncoder encoder(TinyFrozenLm(), RowEncoderConfig());
  const auto a = encoder.Encode({"the friend of adam is ben ."}).value();
  const auto b = encoder.Encode({"the friend of adam is clara ."}).value();
  // Key t is made of words 0..t: equal up to "is", different from the name on.
  REQUIRE(torch::equal(a.keys.narrow(1, 0, 5), b.keys.narrow(1, 0, 5)));
  REQUIRE_FALSE(torch::allclose(a.keys.select(1, 5), b.keys.select(1, 5)));
  const auto alone = encoder.Encode({"ben"}).value();
  REQUIRE(torch::equal(a.vectors[0][5], alone.vectors[0][0]));
}

TEST_CASE("Keys tell the order of words apart", "[memory]") {
  const RowEncoder encoder(TinyFrozenLm(), RowEncoderConfig());
  const auto rows = encoder.Encode({"2 blip 3 is 4 .", "3 blip 2 is 4 ."}).value();
  const int64_t width = encoder.width();
  const at::Tensor mean = rows.keys.select(1, 3).narrow(-1, width, width);
  const at::Tensor ordered = rows.keys.select(1, 3).narrow(-1, 2 * width, width);
  REQUIRE(torch::allclose(mean[0], mean[1], 1e-4, 1e-5));
  REQUIRE_FALSE(torch::allclose(ordered[0], ordered[1], 1e-2, 1e-2));
}

TEST_CASE("Words of content count for what they tell", "[memory]") {
  const RowEncoder encoder(TinyFrozenLm(), RowEncoderConfig{.content_keys = true});
  const std::string text = "the friend of adam is ben .";
  const auto both = encoder.Encode({"clara is red .", text}).value();
  const auto alone = encoder.Encode({text}).value();
  const at::Tensor weights = alone.weights[0];
  REQUIRE(weights.sizes() == at::IntArrayRef({7}));
  REQUIRE(weights.min().item<float>() > 0);
  REQUIRE(weights.max().item<float>() < 1);
  // s / (s + 2), s being the word's loss in nats under the frozen model, which has read the beginning of a text.
  const Tokenizer& tokenizer = TinyFrozenLm().tokenizer();
  std::vector<int64_t> ids = {tokenizer.bos()};
  std::vector<std::pair<int64_t, int64_t>> pieces_of_word;  // first, count
  for (const Word& word : tokenizer.EncodeWords(text)) {
    pieces_of_word.emplace_back(static_cast<int64_t>(ids.size()) - 1, static_cast<int64_t>(word.pieces.size()));
    ids.insert(ids.end(), word.pieces.begin(), word.pieces.end());
  }
  const FrozenLm& lm = TinyFrozenLm();
  const at::Tensor losses = lm.model().TokenLosses(torch::tensor(ids, at::kLong).unsqueeze(0))[0];
  for (int64_t w = 0; w < 7; ++w) {
    const auto [first, count] = pieces_of_word[static_cast<size_t>(w)];
    const double told = std::clamp(losses.narrow(0, first, count).sum().item<double>(), 0.1, 8.0);
    REQUIRE(std::abs(weights[w].item<double>() - told / (told + 2)) < 1e-4);
  }
  REQUIRE(torch::allclose(alone.weighted[0], alone.vectors[0] * weights.unsqueeze(-1)));
  // The middle part of a key: the mean of the weighted words so far.
  const int64_t width = encoder.width();
  const at::Tensor sum = UnitMeanSquare(alone.weighted[0].narrow(0, 0, 4).mean(0));
  REQUIRE(torch::allclose(alone.keys[0][3].narrow(0, width, width), sum, 1e-4, 1e-5));
  // Neither the other sentences nor the padding change a sentence.
  REQUIRE(torch::allclose(both.keys[1], alone.keys[0], 1e-4, 1e-4));
  REQUIRE(torch::allclose(both.weights[1], weights, 1e-4, 1e-5));
}

TEST_CASE("A row that says a word which tells little is read little", "[memory]") {
  const RowEncoder encoder(TinyFrozenLm(), RowEncoderConfig{.content_keys = true});
  Item item;
  item.facts = {"the friend of adam is ben ."};
  item.question = "the friend of adam is who ?";
  item.answer = "ben";
  const ReasonerBatch batch = EncodeItems(encoder, {item}).value();
  const at::Tensor weights = encoder.Encode(item.facts).value().weights[0];
  REQUIRE(torch::allclose(batch.rows.prior[0], weights.narrow(0, 1, 6).log(), 1e-4, 1e-5));
}

TEST_CASE("Words that share their pieces are told apart, and a word is always the same", "[memory]") {
  const RowEncoder encoder(TinyFrozenLm(), RowEncoderConfig());
  const auto pieces = [&](const std::string& word) {
    return TinyFrozenLm().tokenizer().EncodeWords(word).at(0).pieces.size();
  };
  const std::vector<std::string> words = {"zarkonmo", "zarkonmi", "mozarkon", "zarkonmo"};
  for (const std::string& word : words) REQUIRE(pieces(word) > 1);
  const at::Tensor vectors = encoder.WordVectors(words);
  const at::Tensor unit = vectors / vectors.norm(2, -1, true);
  const at::Tensor alike = at::matmul(unit, unit.t());
  REQUIRE(torch::equal(vectors[0], vectors[3]));
  for (int64_t a : {0, 1, 2}) {
    REQUIRE(vectors[a].pow(2).mean().item<double>() < 2);
    for (int64_t b = 0; b < a; ++b) REQUIRE(alike[a][b].item<double>() < 0.85);
  }
  // The same in a sentence as alone, whatever stands beside it.
  const EncodedSentences encoded = encoder.Encode({"ann met zarkonmi .", "the cat saw zarkonmiandmore ."}).value();
  REQUIRE(torch::allclose(encoded.vectors[0][2], vectors[1], 1e-5, 1e-6));
}

TEST_CASE("The last loop, which updates the slots alone, says what a whole loop says", "[stage2]") {
  const Reasoner reasoner = ThinkingReasoner(GENERATE(false, true));
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), RelationItems(5, 3)).value();
  torch::NoGradGuard no_grad;
  const Candidates words = AllWords(reasoner, batch);
  const at::Tensor last = reasoner.Logits(batch.questions, batch.rows, words, {{3}})[0];
  const at::Tensor whole = reasoner.Logits(batch.questions, batch.rows, words, {{3, 4}})[0];
  REQUIRE(torch::allclose(last, whole, 1e-4, 1e-4));
}

TEST_CASE("An item's logits do not depend on the other items of its batch", "[stage2]") {
  ReasonerConfig config;
  config.content_keys = config.whole_question = GENERATE(false, true);
  const Reasoner plain(config, TinyFrozenLm(), SeedTree(1)), thinking = ThinkingReasoner(true, false, true);
  const Reasoner& reasoner = config.content_keys ? plain : thinking;
  std::vector<Item> items = RelationItems(2, 4);
  for (Item& item : RelationItems(2, 1)) items.push_back(std::move(item));  // shorter questions, fewer rows
  const ReasonerBatch together = EncodeItems(reasoner.encoder(), items).value();
  torch::NoGradGuard no_grad;
  const Candidates words = AllWords(reasoner, together);
  const at::Tensor all = reasoner.Logits(together.questions, together.rows, words, {{3}})[0];
  for (size_t i = 0; i < items.size(); ++i) {
    const ReasonerBatch alone = EncodeItems(reasoner.encoder(), {items[i]}).value();
    const at::Tensor one = reasoner.Logits(alone.questions, alone.rows, words, {{3}})[0];
    REQUIRE(torch::allclose(all[static_cast<int64_t>(i)], one[0], 1e-3, 1e-4));
  }
}

TEST_CASE("Facts given in another order give the same answer, unless the order counts", "[stage2]") {
  const bool ordered = GENERATE(false, true);
  const Reasoner reasoner = ThinkingReasoner(GENERATE(false, true), ordered);
  std::vector<Item> items = RelationItems(1);
  items.push_back(items[0]);
  std::reverse(items[1].facts.begin(), items[1].facts.end());
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), items).value();
  torch::NoGradGuard no_grad;
  const at::Tensor logits = reasoner.Logits(batch.questions, batch.rows, AllWords(reasoner, batch), {{4}})[0];
  if (ordered) {
    REQUIRE_FALSE(torch::allclose(logits[0], logits[1], 1e-2, 1e-2));
  } else {
    REQUIRE(torch::allclose(logits[0], logits[1], 1e-3, 1e-4));
  }
}

TEST_CASE("Every algorithm weight gets a gradient and none belongs to the frozen model", "[stage2]") {
  const bool ordered = GENERATE(false, true);
  const Reasoner reasoner = ThinkingReasoner(GENERATE(false, true), ordered, /*recall=*/ordered);
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), RelationItems(3)).value();
  const Candidates words = AllWords(reasoner, batch);
  const at::Tensor targets = AnswerTargets(RelationItems(3), words, reasoner.config().answer_slots).value();
  reasoner.Loss(reasoner.Logits(batch.questions, batch.rows, words, {{1, 3}}).back(), targets).backward();
  for (const auto& [name, parameter] : reasoner.Parameters()) {
    INFO(name);
    REQUIRE(parameter.grad().defined());
    REQUIRE(at::isfinite(parameter.grad()).all().item<bool>());
    REQUIRE(parameter.grad().abs().max().item<double>() > 0);
  }
  REQUIRE(TinyFrozenLm().CheckNotAmong(reasoner.Parameters()).ok());
}

TEST_CASE("A fixed number of loops is used in full and auto stops at a settled answer", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  RunOptions options;
  options.halting.loops = 5;
  REQUIRE(RunItems(reasoner, RelationItems(2), options).loops == std::vector<int64_t>{5, 5});
  options.halting.automatic = true;
  options.halting.confidence = 0;
  options.halting.loops = 30;
  const ReasonerAnswers answers = RunItems(reasoner, RelationItems(2), options);
  for (size_t i = 0; i < 2; ++i) REQUIRE((answers.halted[i] ? answers.loops[i] < 30 : answers.loops[i] == 30));
}

TEST_CASE("The halting rule needs patience, confidence and a minimum of loops", "[stage2]") {
  Halting rule;
  rule.automatic = true;
  rule.min_loops = 2;
  rule.patience = 2;
  rule.confidence = 0.5;
  HaltingTracker tracker(rule);
  REQUIRE_FALSE(tracker.Settled("ann", 0.9));
  REQUIRE_FALSE(tracker.Settled("ann", 0.9));
  REQUIRE(tracker.Settled("ann", 0.9));
  HaltingTracker changing(rule);
  for (const char* answer : {"a", "b", "a", "b"}) REQUIRE_FALSE(changing.Settled(answer, 0.9));
  HaltingTracker unsure(rule);
  for (int i = 0; i < 6; ++i) REQUIRE_FALSE(unsure.Settled("ann", 0.3));
  REQUIRE(Halting::Parse("auto", 16)->automatic);
  REQUIRE(Halting::Parse("12", 16)->loops == 12);
  for (const char* bad : {"", "0", "-1", "twelve", "3x", "99999"}) REQUIRE_FALSE(Halting::Parse(bad, 16).ok());
}

TEST_CASE("A trace names facts by text and its weights sum to at most one in each loop", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  const std::vector<Item> items = RelationItems(1);
  std::vector<std::vector<Fact>> facts(1);
  for (const std::string& text : items[0].facts) facts[0].push_back(MakeFact(text));
  std::vector<Trace> traces;
  RunOptions options;
  options.halting.loops = 3;
  options.traces = &traces;
  options.facts = &facts;
  RunItems(reasoner, items, options);
  REQUIRE(traces.size() == 1);
  REQUIRE(traces[0].steps.size() == 3);
  for (const TraceStep& step : traces[0].steps) {
    double total = 0;
    for (const ReadRecord& read : step.reads) total += read.weight;
    REQUIRE(total > 0.5);
    REQUIRE(total < 1.0001);
  }
}

TEST_CASE("A question with unknown characters and an item without facts are answered, not refused", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  Item item;
  item.question = "the friend of Zoë 🙂 is who ?";
  item.answer = "ben";
  RunOptions options;
  REQUIRE(RunItems(reasoner, {item}, options).texts.size() == 1);
  // Where nothing can be read, training goes on.
  const Reasoner learner = ThinkingReasoner(false, /*ordered=*/true);
  item.question = "the friend of ben is who ?";
  const ReasonerBatch batch = EncodeItems(learner.encoder(), {item}).value();
  const Candidates words = AllWords(learner, batch);
  const at::Tensor targets = AnswerTargets({item}, words, learner.config().answer_slots).value();
  learner.Loss(learner.Logits(batch.questions, batch.rows, words, {{2}})[0], targets).backward();
  for (const auto& [name, parameter] : learner.Parameters()) {
    INFO(name);
    REQUIRE((!parameter.grad().defined() || at::isfinite(parameter.grad()).all().item<bool>()));
  }
}

TEST_CASE("A word of many pieces is a candidate like any other, with the vector it has in a sentence", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  const std::string name = "zarkonimovelt";
  REQUIRE(TinyFrozenLm().tokenizer().EncodeWords(name)[0].pieces.size() > 2);
  const auto encoded = reasoner.encoder().Encode({"the friend of adam is " + name + " ."}).value();
  REQUIRE(torch::allclose(reasoner.encoder().WordVectors({name, "ben"})[0], encoded.vectors[0][5], 1e-5, 1e-6));
  CandidateWords words = reasoner.Words(2);
  words.AddSentence(0, "ben likes " + name);
  words.Add(1, "yes");
  words.Add(1, "ben");
  const Candidates all = words.Get();
  const auto closed = std::ssize(reasoner.config().closed_class) + 1;
  REQUIRE(all.size() == closed + 3);
  REQUIRE(all.present.sum(1).equal(torch::tensor({closed + 3, closed + 1}, at::kLong)));
  REQUIRE(torch::allclose(all.vectors.norm(2, -1), at::ones({all.size()}), 1e-4, 1e-4));
}

TEST_CASE("A forced choice gives one of the choices, a free answer has at least a word", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  RunOptions options;
  const std::vector<Item> items = RelationItems(3);
  for (const std::string& text : RunItems(reasoner, items, options).texts) REQUIRE_FALSE(text.empty());
  options.choices = {{"ada bob", "zarkonimo"}};
  for (const std::string& text : RunItems(reasoner, items, options).texts) {
    REQUIRE((text == "ada bob" || text == "zarkonimo"));
  }
  options.choices = {{"a"}, {"b"}, {"c c"}};
  REQUIRE(RunItems(reasoner, items, options).texts == std::vector<std::string>{"a", "b", "c c"});
}

TEST_CASE("An answer's probability is that of its words and its end", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  RunOptions options;
  const ReasonerAnswers free = RunItems(reasoner, RelationItems(1), options);
  options.choices = {{free.texts[0]}};
  REQUIRE(RunItems(reasoner, RelationItems(1), options).probabilities[0] ==
          Approx(free.probabilities[0]).epsilon(1e-4));
}

}  // namespace trivium
