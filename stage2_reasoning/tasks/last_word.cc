// See last_word.h.
#include "stage2_reasoning/tasks/last_word.h"

#include "core/text/sentences.h"

namespace trivium {

std::string Beginning(const std::string& sentence) {
  std::vector<std::string> words = SplitWords(sentence);
  words.resize(words.size() < 2 ? 0 : words.size() - 2);
  return JoinWords(words);
}

std::vector<std::string> LastWordFamily::Solve(const std::vector<std::string>& facts,
                                               const std::string& question) const {
  const std::string beginning = Beginning(question);
  for (const std::string& fact : facts) {
    const std::vector<std::string> words = SplitWords(fact);
    if (words.size() > 2 && Beginning(fact) == beginning) return {words[words.size() - 2]};
  }
  return {kUnknown};
}

Derivation LastWordFamily::Derive(const std::vector<std::string>& facts, const std::string& question) const {
  if (!question.ends_with("who ?") && !question.ends_with("what ?")) return {};
  const std::string beginning = question.substr(0, question.rfind("wh"));
  for (const std::string& fact : facts) {
    if (!fact.starts_with(beginning) || !fact.ends_with(" .")) continue;
    const std::string rest = fact.substr(beginning.size(), fact.size() - beginning.size() - 2);
    if (rest.find(' ') == std::string::npos) return {rest, 1};
  }
  return {};
}

std::vector<std::string> LastWordFamily::Alternatives(const std::string& word, const Item& item) const {
  std::vector<std::string> others;
  for (const std::string& fact : item.facts) {
    const std::vector<std::string> words = SplitWords(fact);
    if (words.size() > 2 && words[words.size() - 2] != word) others.push_back(words[words.size() - 2]);
  }
  return others;
}

void AskForLastWord(Item& item, size_t fact, const std::string& asking, bool unknown) {
  const std::vector<std::string> words = SplitWords(item.facts[fact]);
  item.question = Beginning(item.facts[fact]) + " " + asking + " ?";
  item.answer = unknown ? kUnknown : words[words.size() - 2];
  item.answers = {item.answer};
  item.support = {static_cast<int64_t>(fact)};
  if (!unknown) return;
  item.facts.erase(item.facts.begin() + static_cast<int64_t>(fact));
  item.support.clear();
}

}  // namespace trivium
