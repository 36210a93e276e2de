// Audit cases: every claimed answer follows from the facts by the family's own solver, chains pass the changed fact
// and other questions do not.
#include "stage2_reasoning/grading/memory_cases.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "stage2_reasoning/tasks/task.h"
#include "tests/test.h"

namespace trivium {
namespace {

MemoryCaseOptions SmallOptions() {
  MemoryCaseOptions options;
  options.facts = 60;
  options.edits = options.deletions = 40;
  options.world_questions = 20;
  options.sequence = 120;
  return options;
}

std::vector<std::string> Changed(std::vector<std::string> facts, const AuditChange& change) {
  const auto it = std::find(facts.begin(), facts.end(), change.before);
  REQUIRE(it != facts.end());
  if (change.after.empty()) {
    facts.erase(it);
  } else {
    *it = change.after;
  }
  return facts;
}

std::string Solve(const std::vector<std::string>& facts, const std::string& question) {
  return FindTaskFamily("relations").value()->Solve(facts, question)[0];
}

bool IsCanonical(const AuditQuestion& question) {
  return question.kind == QuestionKind::kDirect || question.kind == QuestionKind::kChain ||
         question.kind == QuestionKind::kOther;
}

void CheckChanges(const std::vector<std::string>& facts, const std::vector<ChangeCase>& cases, bool is_deletion) {
  std::map<QuestionKind, int> kinds;
  for (const ChangeCase& one : cases) {
    REQUIRE(one.change.after.empty() == is_deletion);
    const std::vector<std::string> after = Changed(facts, one.change);
    std::vector<std::string> without = facts;
    without.erase(std::find(without.begin(), without.end(), one.change.before));
    REQUIRE(one.questions.front().kind == QuestionKind::kDirect);
    REQUIRE(one.questions.front().text == one.change.question);
    REQUIRE(Solve(after, one.change.question) == one.change.answer);
    for (const AuditQuestion& question : one.questions) {
      INFO(one.change.before << " -> " << one.change.after << " : " << question.text);
      ++kinds[question.kind];
      if (!IsCanonical(question)) {
        REQUIRE(question.before == one.questions.front().before);
        REQUIRE(question.after == one.change.answer);
        continue;
      }
      REQUIRE(static_cast<int64_t>(SplitWords(question.text).size()) == 4 + 3 * question.hops);
      REQUIRE(Solve(facts, question.text) == question.before);
      REQUIRE(Solve(after, question.text) == question.after);
      // Whether the fact is passed: without it there is no answer.
      const bool needs = Solve(without, question.text) == kUnknown;
      REQUIRE(needs == (question.kind != QuestionKind::kOther));
      if (needs) {
        int facts = 0, same = 0;
        for (const std::string& fact : after) {
          const std::vector<std::string> words = SplitWords(fact);
          if (words[1] != SplitWords(question.text)[1]) continue;
          ++facts;
          same += words[5] == question.before;
        }
        REQUIRE(std::abs(question.chance - static_cast<double>(same) / facts) < 1e-12);
      }
      REQUIRE((question.before == question.after) == (question.kind == QuestionKind::kOther));
      REQUIRE(question.before != kUnknown);
    }
  }
  const int cases_count = static_cast<int>(cases.size());
  REQUIRE(kinds[QuestionKind::kDirect] == cases_count);
  REQUIRE(kinds[QuestionKind::kParaphrase] == (is_deletion ? 0 : 2 * cases_count));
  REQUIRE(kinds[QuestionKind::kNewParaphrase] == (is_deletion ? 0 : 2 * cases_count));
  REQUIRE(kinds[QuestionKind::kSynonym] == (is_deletion ? 0 : 2 * cases_count));
  REQUIRE(kinds[QuestionKind::kChain] > 3 * cases_count);
  REQUIRE(kinds[QuestionKind::kOther] > 5 * cases_count);
}

TEST_CASE("answers before and after an edit or deletion are what the facts say", "[grading]") {
  for (uint64_t seed : {1, 2, 3}) {
    MemoryCaseOptions options = SmallOptions();
    options.seed = seed;
    const MemoryCases cases = MakeMemoryCases(options);
    REQUIRE(cases.facts.size() == 60);
    REQUIRE(cases.edits.size() == 40);
    CheckChanges(cases.facts, cases.edits, /*is_deletion=*/false);
    CheckChanges(cases.facts, cases.deletions, /*is_deletion=*/true);
  }
}

TEST_CASE("rewordings ask for the same in other words", "[grading]") {
  const MemoryCases cases = MakeMemoryCases(SmallOptions());
  for (const ChangeCase& one : cases.edits) {
    std::set<std::string> texts;
    const std::string subject = SplitWords(one.change.question)[3];
    for (const AuditQuestion& question : one.questions) {
      if (question.kind != QuestionKind::kOther) REQUIRE(texts.insert(question.text).second);
      if (IsCanonical(question)) continue;
      const std::vector<std::string> words = SplitWords(question.text);
      REQUIRE(std::count(words.begin(), words.end(), subject) == 1);
    }
  }
}

TEST_CASE("a sequence of edits follows on itself and never touches what the other questions pass", "[grading]") {
  const MemoryCases cases = MakeMemoryCases(SmallOptions());
  std::vector<std::string> facts = cases.facts;
  REQUIRE(cases.sequence.changes.size() == 120);
  for (const AuditChange& change : cases.sequence.changes) {
    REQUIRE(change.before != change.after);
    facts = Changed(facts, change);
  }
  REQUIRE(cases.sequence.others.size() > 20);
  for (const AuditQuestion& other : cases.sequence.others) {
    REQUIRE(Solve(cases.facts, other.text) == other.before);
    REQUIRE(Solve(facts, other.text) == other.before);
    std::vector<std::string> kept;
    for (const std::string& fact : cases.facts) {
      const bool is_edited = std::any_of(cases.sequence.changes.begin(), cases.sequence.changes.end(),
                                         [&](const AuditChange& change) { return change.before == fact; });
      if (!is_edited) kept.push_back(fact);
    }
    REQUIRE(Solve(kept, other.text) == other.before);
  }
}

TEST_CASE("the swapped world has other people and its own answers", "[grading]") {
  const MemoryCases cases = MakeMemoryCases(SmallOptions());
  REQUIRE(cases.swapped_facts.size() == cases.facts.size());
  for (const std::string& person : cases.swapped_people) {
    REQUIRE(std::count(cases.people.begin(), cases.people.end(), person) == 0);
  }
  REQUIRE(cases.swapped_questions.size() == 60);
  for (const AuditQuestion& question : cases.swapped_questions) {
    REQUIRE(Solve(cases.swapped_facts, question.text) == question.after);
    REQUIRE(Solve(cases.facts, question.text) == kUnknown);
  }
  for (const AuditQuestion& question : cases.world_questions) {
    REQUIRE(Solve(cases.facts, question.text) == question.after);
  }
  REQUIRE(cases.direct_questions.size() == cases.facts.size());
}

TEST_CASE("worlds have about the number of facts asked for", "[grading]") {
  for (const auto& [wanted, people, relations] :
       {std::tuple(120, 40, 3), std::tuple(160, 40, 4), std::tuple(1000, 84, 12), std::tuple(4, 3, 3)}) {
    Rng rng(1);
    const World world = MakeSizedWorld(EnglishLexicon().training_names(), wanted, rng);
    REQUIRE(world.people().size() == static_cast<size_t>(people));
    REQUIRE(world.relations().size() == static_cast<size_t>(relations));
  }
  REQUIRE(MakeMemoryCases(SmallOptions()).facts == MakeMemoryCases(SmallOptions()).facts);
  MemoryCaseOptions large;
  large.facts = 1000;
  large.edits = large.deletions = large.sequence = 5;
  const MemoryCases cases = MakeMemoryCases(large);
  REQUIRE(cases.facts.size() == 1008);
  REQUIRE(cases.swapped_facts.size() == 1008);
}

}  // namespace
}  // namespace trivium
