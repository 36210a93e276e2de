// The reasoner under audit: changes of facts reach its answers and are forgotten on reset, its weights stay, and the
// probe finds what is there and nothing else.
#include "stage2_reasoning/grading/reasoner_answerer.h"

#include "core/text/sentences.h"
#include "stage2_reasoning/grading/evaluation.h"
#include "stage2_reasoning/grading/linear_probe.h"
#include "stage2_reasoning/grading/memory_audit.h"
#include "tests/stage2_reasoning/tiny_reasoner.h"
#include "tests/torch_test.h"

namespace trivium {
namespace {

Halting FewLoops() {
  Halting halting;
  halting.loops = 2;
  return halting;
}

MemoryCaseOptions FewCases() {
  MemoryCaseOptions options;
  options.facts = 24;
  options.edits = options.deletions = 2;
  options.world_questions = 4;
  options.sequence = 10;
  return options;
}

// States that hold the object, or nothing about it.
class StatesAnswerer : public ReasonerAnswerer {
 public:
  StatesAnswerer(const Reasoner& reasoner, bool knows) : ReasonerAnswerer(reasoner, FewLoops()), knows_(knows) {}
  absl::StatusOr<std::vector<std::vector<float>>> AnswerStates(const std::vector<std::string>& questions) override {
    Rng rng(4);
    std::vector<std::vector<float>> states;
    for (size_t i = 0; i < questions.size(); ++i) {
      std::vector<float> state;
      for (size_t d = 0; d < 12; ++d) {
        const bool is_object = knows_ && i % 6 == d;
        state.push_back(static_cast<float>(rng.Normal()) * 0.3f + (is_object ? 2.0f : 0.0f));
      }
      states.push_back(state);
    }
    return states;
  }

 private:
  bool knows_;
};

}  // namespace

TEST_CASE("The reasoner answers from the facts that are mounted now", "[grading]") {
  const Reasoner reasoner = TinyReasoner();
  ReasonerAnswerer answerer(reasoner, FewLoops(), /*flops_per_word=*/10);
  const MemoryCases cases = MakeMemoryCases(FewCases());
  std::vector<std::string> questions;
  for (const AuditQuestion& question : cases.world_questions) questions.push_back(question.text);
  REQUIRE(answerer.Mount(cases.facts).ok());
  const auto first = answerer.Answer(questions, {}).value();

  // As GradeItems answers over the same shared facts.
  std::vector<Fact> facts;
  std::vector<Item> items;
  for (const std::string& fact : cases.facts) facts.push_back(MakeFact(fact));
  for (const std::string& question : questions) {
    items.emplace_back();
    items.back().question = question;
  }
  GradeOptions options;
  options.halting = FewLoops();
  options.shared_facts = &facts;
  REQUIRE(GradeItems(reasoner, items, options)->answers == first);

  const AuditChange& change = cases.edits[0].change;
  REQUIRE(answerer.Change(change).ok());
  REQUIRE_FALSE(answerer.Change(change).ok());  // what stood before is gone
  REQUIRE(answerer.Answer({change.question}, {}).ok());
  REQUIRE(answerer.cost().flops == 10 * 7);
  REQUIRE(answerer.cost().gradient_steps == 0);
  for (Fact& fact : facts) {
    if (fact.text == change.before) fact.text = change.after;
  }
  REQUIRE(answerer.Answer(questions, {}).value() == GradeItems(reasoner, items, options)->answers);
  REQUIRE(answerer.Reset().ok());
  REQUIRE(answerer.Answer(questions, {}).value() == first);

  const auto off = answerer.Answer(questions, {true, {}}).value();
  REQUIRE(answerer.Mount({}).ok());
  REQUIRE(answerer.Answer(questions, {}).value() == off);
  const auto forced = answerer.Answer(questions, {false, {"ada", "bob"}}).value();
  for (const std::string& answer : forced) {
    REQUIRE((answer == "ada" || answer == "bob"));
  }
}

TEST_CASE("A word of any length can be said, several words only if slots are enough", "[grading]") {
  const Reasoner reasoner = TinyReasoner();
  const ReasonerAnswerer answerer(reasoner, FewLoops());
  REQUIRE(answerer.CanSay("adam"));
  REQUIRE(answerer.CanSay("Port-au-Prince"));
  REQUIRE(answerer.CanSay("New York"));
  REQUIRE_FALSE(answerer.CanSay("Rio de Janeiro"));
  REQUIRE(answerer.CanSay(JoinName("Rio de Janeiro")));
}

TEST_CASE("A whole audit changes no weight and gives every row", "[grading]") {
  const Reasoner reasoner = TinyReasoner();
  ReasonerAnswerer answerer(reasoner, FewLoops());
  const std::string before = answerer.WeightsSha256().value();
  const MemoryAudit audit = AuditMemory(MakeMemoryCases(FewCases()), "2", answerer).value();
  REQUIRE(audit.weights_unchanged);
  REQUIRE(answerer.WeightsSha256().value() == before);
  REQUIRE(audit.rows.size() > 40);
  REQUIRE(audit.edit_cost.changes == 2);
  REQUIRE(audit.edit_milliseconds > 0);
  {
    torch::NoGradGuard no_grad;
    at::Tensor weight = reasoner.Parameters()[0].second;
    weight.add_(1.0);
  }
  REQUIRE(answerer.WeightsSha256().value() != before);
}

TEST_CASE("The states of a probe are those that the first slot compares with words", "[grading]") {
  const Reasoner reasoner = TinyReasoner();
  ReasonerAnswerer answerer(reasoner, FewLoops());
  const std::vector<std::string> questions = {"the friend of adam is who ?", "the boss of ben is who ?"};
  const auto states = answerer.AnswerStates(questions).value();
  REQUIRE(states.size() == 2);
  std::vector<Item> items(2);
  for (size_t i = 0; i < 2; ++i) items[i].question = questions[i];
  torch::NoGradGuard no_grad;
  const ReasonerBatch batch = EncodeItems(reasoner.encoder(), items).value();
  CandidateWords words = reasoner.Words(1);
  words.AddSentence(0, "ada bob carl");
  const Candidates all = words.Get();
  const at::Tensor logits = reasoner.Logits(batch.questions, batch.rows, all, {{2}})[0].select(1, 0);
  for (int64_t i = 0; i < 2; ++i) {
    const at::Tensor again = at::matmul(all.vectors, torch::tensor(states[static_cast<size_t>(i)]));
    REQUIRE(torch::allclose(again / again.norm(), logits[i] / logits[i].norm(), 1e-3, 1e-4));
  }
}

TEST_CASE("The probe finds objects that states hold and is at its floor where they do not", "[grading]") {
  const Reasoner reasoner = TinyReasoner();
  std::vector<AuditQuestion> questions;
  for (int i = 0; i < 240; ++i) {
    const std::string object = "person" + std::to_string(i % 6);
    questions.push_back({QuestionKind::kDirect, 1, "question " + std::to_string(i), object, object});
  }
  StatesAnswerer knows(reasoner, true), ignorant(reasoner, false);
  const ResultRow found = ProbeFacts(questions, "2", 1, knows).value();
  REQUIRE(found.n == 240);
  REQUIRE(found.accuracy > 0.95);
  REQUIRE(found.floor < 0.35);
  const ResultRow nothing = ProbeFacts(questions, "2", 1, ignorant).value();
  REQUIRE(nothing.low < nothing.floor + 0.02);
  REQUIRE(nothing.accuracy < 0.35);
  REQUIRE(ExitCode(ProbeFacts({questions[0]}, "2", 1, knows).status()) == 2);
}

}  // namespace trivium
