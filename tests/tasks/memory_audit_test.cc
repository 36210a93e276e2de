// The audit on answerers whose figures are known: perfect, deaf to changes, and always saying "unknown".
#include "stage2_reasoning/grading/memory_audit.h"

#include <algorithm>
#include <cmath>

#include "core/text/sentences.h"
#include "core/text/wording.h"
#include "stage2_reasoning/grading/tally.h"
#include "stage2_reasoning/tasks/task.h"
#include "tests/test.h"

namespace trivium {
namespace {

// Solves questions from the facts it was told; `Says` can be overridden.
class FakeAnswerer : public Answerer {
 public:
  std::string name() const override { return "fake"; }
  absl::Status Mount(const std::vector<std::string>& facts) override {
    mounted_ = facts;
    return Reset();
  }
  absl::Status Change(const AuditChange& change) override {
    cost_.changes += 1;
    cost_.flops += 10;
    const auto it = std::find(facts_.begin(), facts_.end(), change.before);
    if (it == facts_.end()) return UsageError("no fact '" + change.before + "'");
    if (change.after.empty()) {
      facts_.erase(it);
    } else {
      *it = change.after;
    }
    return absl::OkStatus();
  }
  absl::Status Reset() override {
    facts_ = mounted_;
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> Answer(const std::vector<std::string>& questions,
                                                  const AnswerOptions& options) override {
    std::vector<std::string> answers;
    for (const std::string& question : questions) {
      std::string answer = Says(question, options.memory_off);
      const bool is_choice =
          options.choices.empty() || std::count(options.choices.begin(), options.choices.end(), answer);
      answers.push_back(is_choice ? answer : options.choices.front());
    }
    return answers;
  }
  bool CanSay(const std::string&) const override { return true; }
  absl::StatusOr<std::vector<std::vector<float>>> AnswerStates(const std::vector<std::string>& questions) override {
    return std::vector<std::vector<float>>(questions.size());
  }
  absl::StatusOr<std::string> WeightsSha256() const override { return std::string(64, 'a'); }
  ChangeCost cost() const override { return cost_; }

 protected:
  virtual std::string Says(const std::string& question, bool memory_off) {
    return memory_off ? kUnknown : Solve(facts_, Canonical(question));
  }
  static std::string Solve(const std::vector<std::string>& facts, const std::string& question) {
    return FindTaskFamily("relations").value()->Solve(facts, question)[0];
  }
  // The one relation and name that a rewording of a one-hop question holds.
  static std::string Canonical(const std::string& question) {
    const std::vector<std::string> words = SplitWords(question);
    const auto of = std::find(words.begin(), words.end(), "of");
    if (std::count(words.begin(), words.end(), "of") > 1 && question.find("name of") == std::string::npos)
      return question;
    std::string relation, name;
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "of" && words[i - 1] != "name") relation = words[i - 1], name = words[i + 1];
    }
    if (of == words.end() || relation.empty()) return question;
    for (const char* person : {"friend", "teacher", "boss", "cousin", "doctor", "coach", "partner", "guide", "rival",
                               "mentor", "neighbour", "tailor"}) {
      for (const std::string& word : EnglishWording().WordsFor(person, WordingUse::Part::kAll)) {
        if (word == relation) return RelationQuestion({person}, name);
      }
    }
    return question;
  }

  std::vector<std::string> mounted_, facts_;
  ChangeCost cost_;
};

class DeafAnswerer : public FakeAnswerer {
  std::string Says(const std::string& question, bool) override { return Solve(mounted_, Canonical(question)); }
};

class UnsureAnswerer : public FakeAnswerer {
  std::string Says(const std::string&, bool) override { return kUnknown; }
};

MemoryCases SmallCases() {
  MemoryCaseOptions options;
  options.facts = 60;
  options.edits = options.deletions = 20;
  options.world_questions = 10;
  options.sequence = 100;
  return MakeMemoryCases(options);
}

MemoryAudit Audit(Answerer& answerer) { return AuditMemory(SmallCases(), "8", answerer).value(); }

// Means over depths of the rows of a family and setting.
double Accuracy(const MemoryAudit& audit, const std::string& family, const std::string& setting) {
  double sum = 0, rows = 0;
  for (const ResultRow& row : audit.rows) {
    if (row.family != family || row.setting != setting) continue;
    REQUIRE(row.n > 0);
    sum += row.accuracy;
    rows += 1;
  }
  INFO(family << " " << setting);
  REQUIRE(rows > 0);
  return sum / rows;
}

TEST_CASE("a perfect answerer has every right and no leak", "[grading]") {
  FakeAnswerer perfect;
  const MemoryAudit audit = Audit(perfect);
  for (const char* setting : {"before", "efficacy", "paraphrase", "new_paraphrase", "synonym", "propagation",
                              "locality", "locality_right", "before_paraphrase", "before_synonym"}) {
    INFO(setting);
    REQUIRE(Accuracy(audit, "edit", setting) == 1);
  }
  REQUIRE(Accuracy(audit, "edit", "old_answer") == 0);
  for (const char* setting : {"full", "full_forced", "abstention", "locality"}) {
    REQUIRE(Accuracy(audit, "delete", setting) == 1);
  }
  for (const char* setting : {"deleted", "memory_off", "false_unknown"}) {
    REQUIRE(Accuracy(audit, "delete", setting) == 0);
  }
  // It names the first person where it must name one.
  REQUIRE(Accuracy(audit, "delete", "deleted_forced") < 0.3);
  REQUIRE(Accuracy(audit, "swap", "old_world") == 1);
  REQUIRE(Accuracy(audit, "swap", "new_world") == 1);
  REQUIRE(audit.swap_share == std::map<int64_t, double>{{1, 1.0}, {2, 1.0}, {3, 1.0}});
  for (const char* stop : {"_1", "_10", "_100"}) {
    REQUIRE(Accuracy(audit, "sequence", std::string("efficacy") + stop) == 1);
    REQUIRE(Accuracy(audit, "sequence", std::string("locality") + stop) == 1);
  }
  REQUIRE(audit.weights_unchanged);
  const nlohmann::json json = ToJson(audit, "perfect");
  REQUIRE(json["edit"]["flops"] == 10);
  REQUIRE(json["edit"]["gradient_steps"] == 0);
  REQUIRE(json["accuracy"].size() == audit.rows.size());
  REQUIRE(RenderAudit(audit, "perfect").find("are the same") != std::string::npos);
}

TEST_CASE("an answerer deaf to changes keeps locality and the old answers", "[grading]") {
  DeafAnswerer deaf;
  const MemoryAudit audit = Audit(deaf);
  REQUIRE(Accuracy(audit, "edit", "before") == 1);
  for (const char* setting : {"efficacy", "paraphrase", "synonym", "propagation"}) {
    REQUIRE(Accuracy(audit, "edit", setting) == 0);
  }
  REQUIRE(Accuracy(audit, "edit", "old_answer") == 1);
  REQUIRE(Accuracy(audit, "edit", "locality") == 1);
  for (const char* setting : {"full", "deleted", "memory_off", "deleted_forced", "memory_off_forced"}) {
    REQUIRE(Accuracy(audit, "delete", setting) == 1);
  }
  REQUIRE(Accuracy(audit, "delete", "abstention") == 0);
  REQUIRE(Accuracy(audit, "sequence", "efficacy_1") == 0);
  // An edit may by chance bring back what was there first.
  REQUIRE(Accuracy(audit, "sequence", "efficacy_100") < 0.3);
  REQUIRE(Accuracy(audit, "sequence", "locality_100") == 1);
}

TEST_CASE("an answerer that always says unknown abstains and does nothing else", "[grading]") {
  UnsureAnswerer unsure;
  const MemoryAudit audit = Audit(unsure);
  for (const char* setting : {"before", "efficacy", "propagation", "old_answer"}) {
    REQUIRE(Accuracy(audit, "edit", setting) == 0);
  }
  REQUIRE(Accuracy(audit, "edit", "locality") == 1);
  for (const char* setting : {"abstention", "false_unknown"}) REQUIRE(Accuracy(audit, "delete", setting) == 1);
  for (const char* setting : {"full", "deleted", "memory_off"}) REQUIRE(Accuracy(audit, "delete", setting) == 0);
  REQUIRE(Accuracy(audit, "swap", "new_world") == 0);
  REQUIRE(audit.swap_share.at(1) == 0);
}

TEST_CASE("a cell's floor is its commonest right answer or the random one", "[grading]") {
  Tally tally("edit", "8", 0.1);
  for (const char* right : {"ann", "ann", "bob", "eve"}) tally.Count("efficacy", 1, right[0] == 'a', right);
  tally.Count("locality", 0, true);
  for (double chance : {0.2, 0.4}) tally.Count("deleted", 2, false, "", chance);
  const std::vector<ResultRow> rows = tally.Rows();
  REQUIRE(rows.size() == 3);
  REQUIRE(rows[0].n == 4);
  REQUIRE(rows[0].correct == 2);
  REQUIRE(rows[0].floor == 0.5);
  REQUIRE(rows[1].floor == 0.1);
  REQUIRE(std::abs(rows[2].floor - 0.3) < 1e-12);
}

}  // namespace
}  // namespace trivium
