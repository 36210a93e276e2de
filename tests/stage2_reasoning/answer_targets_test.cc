// What training asks of the answer slots: the words of an answer, and the loss where several are accepted.
#include "core/text/sentences.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {

TEST_CASE("Targets number the words of an answer, then its end", "[stage2]") {
  ReasonerConfig config;
  config.answer_slots = 3;
  const Reasoner reasoner(config, TinyFrozenLm(), SeedTree(1));
  Item item;
  item.facts = {"the friend of zarkonimo is ben .", "ada is kind ."};
  item.question = "who is there ?";
  item.id = "mine-7";
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), {item}).value();
  const Candidates words = AllWords(reasoner, batch);
  REQUIRE(words.texts[0].empty());
  const auto texts = [&](const std::string& answer) {
    item.answer = answer;
    const at::Tensor targets = AnswerTargets({item}, words, 3).value();
    std::vector<std::string> said;
    for (int64_t slot = 0; slot < 3; ++slot) {
      const auto word = targets[0][0][slot].item<int64_t>();
      said.push_back(word == kNoTarget ? "-" : words.texts[static_cast<size_t>(word)]);
    }
    return said;
  };
  REQUIRE(texts("zarkonimo") == std::vector<std::string>{"zarkonimo", "", "-"});
  REQUIRE(texts("ben zarkonimo yes") == std::vector<std::string>{"ben", "zarkonimo", "yes"});
  item.answer = "ben and ada and tom";
  const absl::Status too_long = AnswerTargets({item}, words, 3).status();
  REQUIRE(ExitCode(too_long) == 2);
  REQUIRE_THAT(Message(too_long), Catch::Matchers::Contains("mine-7") && Catch::Matchers::Contains("answer_slots"));
  item.answer = "nobody";
  const absl::Status unheard_of = AnswerTargets({item}, words, 3).status();
  REQUIRE(ExitCode(unheard_of) == 2);
  REQUIRE_THAT(Message(unheard_of), Catch::Matchers::Contains("'nobody'") && Catch::Matchers::Contains("closed_class"));
}

TEST_CASE("What an item is unsure of weighs as much as a fact that is mounted with that confidence", "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  std::vector<Item> items = RelationItems(2);
  const at::Tensor sure = EncodeItems(reasoner.encoder(), items).value().rows.prior;
  items[1].confidences.assign(items[1].facts.size(), 1.0);
  items[1].confidences[2] = 0.25;
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), items).value();
  REQUIRE(torch::equal(batch.rows.prior[0], sure[0]));
  std::vector<Fact> facts;
  for (size_t i = 0; i < items[1].facts.size(); ++i) {
    facts.push_back(MakeFact(items[1].facts[i]));
    facts.back().confidence = items[1].confidences[i];
  }
  std::vector<int64_t> fact_of_row;
  const at::Tensor mounted = EncodeFacts(reasoner.encoder(), facts, &fact_of_row).value().prior[0];
  REQUIRE(fact_of_row == batch.fact_of_row[1]);
  REQUIRE(torch::allclose(batch.rows.prior[1].narrow(0, 0, mounted.size(0)), mounted, 1e-6, 1e-6));
}

TEST_CASE("The loss is that any accepted answer is said, and who has one answer beside who has three is not troubled",
          "[stage2]") {
  const Reasoner reasoner = TinyReasoner();
  std::vector<Item> items = RelationItems(2);
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), items).value();
  const Candidates words = AllWords(reasoner, batch);
  torch::NoGradGuard no_grad;
  const at::Tensor logits = reasoner.Logits(batch.questions, batch.rows, words, {{2}})[0];
  const auto losses = [&](const std::string& answer, std::vector<std::string> answers) {
    items[0].answer = answer;
    items[0].answers = std::move(answers);
    const at::Tensor targets = AnswerTargets(items, words, reasoner.config().answer_slots).value();
    return reasoner.ItemLosses(logits, targets);
  };
  const std::vector<std::string> some = {"yes", "no", SplitWords(items[0].facts[0])[1] + " yes"};
  double sum = 0;
  for (const std::string& answer : some) sum += std::exp(-losses(answer, {answer})[0].item<double>());
  const at::Tensor alone = losses(some[1], {some[1]}), together = losses(some[1], some);
  REQUIRE(together[0].item<double>() == Approx(-std::log(sum)).epsilon(1e-5));
  REQUIRE(together[1].item<double>() == Approx(alone[1].item<double>()).epsilon(1e-6));
  // Said twice is said once.
  REQUIRE(losses(some[1], {some[1], some[0], some[0]})[0].item<double>() ==
          Approx(losses(some[1], {some[0], some[1]})[0].item<double>()).epsilon(1e-6));
  // What cannot be said is no answer; the first has to be sayable.
  const at::Tensor partly = losses(some[1], {some[1], "zarkonim", "yes yes yes yes yes"});
  REQUIRE(partly[0].item<double>() == Approx(alone[0].item<double>()).epsilon(1e-6));
}

}  // namespace trivium
