// Edits of facts from a file: sentences, questions and right answers, errors, and the rows they give.
#include "stage2_reasoning/grading/fact_records.h"

#include <algorithm>

#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr char kRelations[] =
    R"({"capital": {"templates": ["The capital of {} is", "{}'s capital is"]}, "city": {"templates": ["{} is part of"]}})";

std::string AsIs(const std::string& text) { return text; }

RecordReader Reader() { return RecordReader::Create(kRelations, AsIs).value(); }

constexpr char kEdit[] =
    R"({"kind": "edit", "base": [["Peru", "capital", "Lima"], ["Togo", "capital", "Lome"]],
        "ops": [["edit", "Peru", "capital", "Lima", "Cusco"]],
        "changed": [{"query": "The capital of Peru is", "s": "Peru", "r": "capital", "before": "Lima", "expect": "Cusco"}],
        "unchanged": [{"query": "The capital of Togo is", "s": "Togo", "r": "capital", "expect": "Lome"}]})";
constexpr char kDelete[] =
    R"({"kind": "delete", "base": [["Peru", "capital", "Lima"], ["Togo", "capital", "Lome"]],
        "ops": [["delete", "Peru", "capital", "Lima"]],
        "changed": [{"query": "The capital of Peru is", "s": "Peru", "r": "capital", "before": "Lima", "expect": null}],
        "unchanged": []})";
constexpr char kAdd[] =
    R"({"kind": "add", "base": [["Togo", "capital", "Lome"]], "ops": [["add", "Peru", "capital", "Lima"]],
        "changed": [{"query": "The capital of Peru is", "s": "Peru", "r": "capital", "before": null, "expect": "Lima"}],
        "unchanged": []})";
constexpr char kSwap[] =
    R"({"kind": "swap", "base": [["Peru", "capital", "Lima"], ["Togo", "capital", "Lome"]], "ops": [["swap", "Peru", "Togo", "capital"]],
        "changed": [{"query": "The capital of Peru is", "s": "Peru", "r": "capital", "before": "Lima", "expect": "Lome"},
                    {"query": "The capital of Togo is", "s": "Togo", "r": "capital", "before": "Lome", "expect": "Lima"}],
        "unchanged": []})";

// Looks for the fact that begins as the question does; can say only words of four letters.
class LookupAnswerer : public Answerer {
 public:
  std::string name() const override { return "lookup"; }
  absl::Status Mount(const std::vector<std::string>& facts) override {
    facts_ = facts;
    return absl::OkStatus();
  }
  absl::Status Change(const AuditChange& change) override {
    const auto it = std::find(facts_.begin(), facts_.end(), change.before);
    if (it != facts_.end()) facts_.erase(it);
    if (!change.after.empty()) facts_.push_back(change.after);
    return absl::OkStatus();
  }
  absl::Status Reset() override { return absl::OkStatus(); }
  absl::StatusOr<std::vector<std::string>> Answer(const std::vector<std::string>& questions,
                                                  const AnswerOptions&) override {
    std::vector<std::string> answers;
    for (const std::string& question : questions) {
      const std::string beginning = question.substr(0, question.size() - std::string("what ?").size());
      answers.push_back(kUnknown);
      for (const std::string& fact : facts_) {
        if (fact.rfind(beginning, 0) == 0)
          answers.back() = fact.substr(beginning.size(), fact.size() - beginning.size() - 2);
      }
    }
    return answers;
  }
  bool CanSay(const std::string& answer) const override { return answer.size() == 4; }
  absl::StatusOr<std::vector<std::vector<float>>> AnswerStates(const std::vector<std::string>& questions) override {
    return std::vector<std::vector<float>>(questions.size());
  }
  absl::StatusOr<std::string> WeightsSha256() const override { return std::string(); }
  ChangeCost cost() const override { return {}; }

 private:
  std::vector<std::string> facts_;
};

TEST_CASE("triples become sentences and queries questions", "[grading]") {
  const RecordCase edit = Reader().Read(kEdit).value();
  REQUIRE(edit.kind == "edit");
  REQUIRE(edit.facts == std::vector<std::string>{"The capital of Peru is Lima .", "The capital of Togo is Lome ."});
  REQUIRE(edit.changes == std::vector<AuditChange>{{"The capital of Peru is Lima .", "The capital of Peru is Cusco .",
                                                    "The capital of Peru is what ?", "Cusco"}});
  REQUIRE(edit.questions.size() == 2);
  REQUIRE(edit.questions[0].before == "Lima");
  REQUIRE(edit.questions[0].after == "Cusco");
  REQUIRE(edit.questions[1].kind == QuestionKind::kOther);
  const RecordCase gone = Reader().Read(kDelete).value();
  REQUIRE(gone.changes[0].after.empty());
  REQUIRE(gone.changes[0].answer == kUnknown);
  const RecordCase added = Reader().Read(kAdd).value();
  REQUIRE(added.changes[0].before.empty());
  REQUIRE(added.questions[0].before == kUnknown);
  REQUIRE(Reader().Read(kSwap)->changes.size() == 2);
}

TEST_CASE("a line that is no case is refused by field", "[grading]") {
  const std::pair<const char*, const char*> bad[] = {
      {"[]", "object"},
      {R"({"kind": 3})", "kind"},
      {R"({"kind": "edit"})", "base"},
      {R"({"kind": "edit", "base": [["Peru", "capital"]], "changed": [], "unchanged": []})", "base"},
      {R"({"kind": "edit", "base": [["Peru", "capitl", "Lima"]], "changed": [], "unchanged": []})", "capital"},
      {R"({"kind": "edit", "base": [], "changed": [{"query": "q", "s": "s", "r": "capital", "expect": 3}], "unchanged": []})",
       "expect"},
      {R"({"kind": "edit", "base": [], "changed": [{"query": "q", "s": "s", "r": "capital", "before": null, "expect": null}], "unchanged": []})",
       "base"},
  };
  for (const auto& [line, named] : bad) {
    const auto read = Reader().Read(line);
    INFO(line);
    REQUIRE(ExitCode(read.status()) == 2);
    REQUIRE(Message(read.status()).find(named) != std::string::npos);
  }
  for (const char* relations : {"", "[]", R"({"capital": {}})", R"({"capital": {"templates": ["no gap"]}})",
                                R"({"capital": {"templates": []}})", R"({"capital": 3})"}) {
    REQUIRE(ExitCode(RecordReader::Create(relations, AsIs).status()) == 2);
  }
}

TEST_CASE("an answerer that looks facts up has every right, and unsayable answers are shown apart", "[grading]") {
  std::vector<RecordCase> cases;
  for (const char* line : {kAdd, kEdit, kDelete, kSwap}) cases.push_back(Reader().Read(line).value());
  LookupAnswerer answerer;
  const std::vector<ResultRow> rows = AuditRecords(cases, "8", answerer).value();
  std::map<std::string, ResultRow> by_name;
  for (const ResultRow& row : rows) by_name[row.family + " " + row.setting] = row;
  for (const char* name : {"facts_add efficacy", "facts_edit efficacy", "facts_delete efficacy", "facts_swap efficacy",
                           "facts_edit before", "facts_edit locality", "facts_edit others_right"}) {
    INFO(name);
    REQUIRE(by_name.count(name) == 1);
    REQUIRE(by_name[name].accuracy == 1);
  }
  REQUIRE(by_name["facts_edit old_answer"].accuracy == 0);
  REQUIRE(by_name["facts_swap efficacy"].n == 2);
  // "Cusco" does not fit.
  REQUIRE(by_name.count("facts_edit efficacy_sayable") == 0);
  REQUIRE(by_name["facts_swap efficacy_sayable"].n == 2);
  REQUIRE(by_name.count("facts_add old_answer") == 0);
}

}  // namespace
}  // namespace trivium
