// See sentences.h: the words of each sentence form.
#include "core/text/sentences.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace trivium {
namespace {

constexpr std::string_view kOwners = "'s";

std::string Text(const Literal& literal) { return (literal.positive ? "" : "not ") + literal.attribute; }

// Where a noun phrase of single words ends, "ann", "the boss of ann" or "ann 's boss", that begins at `begin`.
size_t EndOfNoun(const std::vector<std::string>& words, size_t begin) {
  while (begin + 3 < words.size() && words[begin] == "the" && words[begin + 2] == "of") begin += 3;
  size_t end = begin + 1;
  while (end + 1 < words.size() && words[end] == kOwners) end += 2;
  return end;
}

// The noun phrase [begin, end) of EndOfNoun: "ann 's friend 's boss" -> "the boss of the friend of ann".
std::vector<std::string> OwnersLast(const std::vector<std::string>& words, size_t begin, size_t end) {
  const auto owner =
      std::find(words.begin() + static_cast<int64_t>(begin), words.begin() + static_cast<int64_t>(end), kOwners);
  const auto name = static_cast<size_t>(owner - words.begin()) - 1;
  std::vector<std::string> said = {words[name]};
  for (size_t w = name + 1; w < end; w += 2) said.insert(said.begin(), {"the", words[w + 1], "of"});
  said.insert(said.begin(), words.begin() + static_cast<int64_t>(begin), words.begin() + static_cast<int64_t>(name));
  return said;
}

// A word before "'s" that is short for "is", "has" or "us", or a number.
bool IsContracted(const std::string& stem) {
  static const std::set<std::string> kStems = {"it",   "that", "there", "here", "he",   "she", "where",
                                               "when", "how",  "let",   "who",  "what", "why"};
  return kStems.count(stem) > 0 || std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A word that no relation is: "ann 's the boss" says "is".
bool NeedsIs(const std::string& next) {
  static const std::set<std::string> kWords = {"the", "a", "an", "not", "who", "what", "?"};
  return kWords.count(next) > 0;
}

}  // namespace

std::string RelationFact(const std::string& relation, const std::string& subject, const std::string& object) {
  return "the " + relation + " of " + subject + " is " + object + " .";
}

std::string RelationQuestion(const std::vector<std::string>& relations, const std::string& subject) {
  std::string text;
  for (const std::string& relation : relations) text += "the " + relation + " of ";
  return text + subject + " is who ?";
}

std::string AttributeFact(const std::string& subject, const Literal& literal) {
  return subject + " is " + Text(literal) + " .";
}

std::string AttributeQuestion(const std::string& subject, const std::string& attribute) {
  return subject + " is " + attribute + " ?";
}

std::string Rule(const Literal& condition, const Literal& conclusion) {
  return "if someone is " + Text(condition) + " then they are " + Text(conclusion) + " .";
}

std::string ComparisonFact(const std::string& comparative, const std::string& more, const std::string& less) {
  return more + " is " + comparative + " than " + less + " .";
}

std::string ComparisonQuestion(const std::string& comparative, const std::string& more, const std::string& less) {
  return more + " is " + comparative + " than " + less + " ?";
}

std::string OperatorFact(const std::string& op, const std::string& left, const std::string& right,
                         const std::string& result) {
  return left + " " + op + " " + right + " is " + result + " .";
}

std::string OperatorQuestion(const std::string& first, const std::vector<std::pair<std::string, std::string>>& steps) {
  std::string text = first;
  for (const auto& [op, operand] : steps) text += " " + op + " " + operand;
  return text + " is what ?";
}

std::string PartOwners(const std::string& question, const std::function<bool(const std::string& word)>& is_word) {
  const std::vector<std::string> words = SplitWords(question);
  const bool has_is = std::find(words.begin(), words.end(), "is") != words.end();
  std::vector<std::string> parted;
  for (size_t w = 0; w < words.size(); ++w) {
    const std::string& word = words[w];
    const std::string stem = word.ends_with(kOwners) ? word.substr(0, word.size() - kOwners.size()) : "";
    const bool is_last = w + 1 == words.size();
    parted.push_back(word);
    if ((stem == "who" || stem == "what") && w == 0 && !has_is) {
      parted = {stem, "is"};
    } else if (!stem.empty() && !is_last && !IsContracted(stem) && !NeedsIs(words[w + 1]) &&
               (is_word(stem) || !is_word(word))) {
      parted.back() = stem;
      parted.emplace_back(kOwners);
    }
  }
  return JoinWords(parted);
}

std::string QuestionInPlace(const std::string& question) {
  std::vector<std::string> words = SplitWords(question);
  if (words.size() < 4 || words.back() != "?" || std::count(words.begin(), words.end(), "is") != 1) return question;
  const auto is_asking = [](const std::string& word) { return word == "who" || word == "what"; };
  const size_t mark = words.size() - 1;
  // The subject, where it ends, and what comes behind it in a statement.
  size_t begin = 0, end = 0;
  std::vector<std::string> rest;
  if (is_asking(words[0]) && words[1] == "is") {
    begin = 2;
    end = mark;
    rest = {"is", words[0], "?"};
  } else if (is_asking(words[mark - 1]) && words[mark - 2] == "is") {
    end = mark - 2;
    rest = {words.begin() + static_cast<int64_t>(end), words.end()};
  } else if (words[0] == "is") {
    begin = 1;
    end = EndOfNoun(words, begin);
    if (end >= mark) return question;  // nothing is said of it
    rest = {words.begin() + static_cast<int64_t>(end), words.end()};
    rest.insert(rest.begin(), "is");
  } else {
    return question;
  }
  const bool has_owner = std::find(words.begin(), words.end(), kOwners) != words.end();
  std::vector<std::string> said(words.begin() + static_cast<int64_t>(begin), words.begin() + static_cast<int64_t>(end));
  if (has_owner) {
    // "is ann 's best friend kind ?" has a relation of two words: only what can't be read otherwise is turned round.
    const bool is_clear = words[0] != "is" || rest.size() == 3 || (rest.size() == 5 && rest[2] == "than");
    if (EndOfNoun(words, begin) != end || !is_clear) return question;
    said = OwnersLast(words, begin, end);
  }
  said.insert(said.end(), rest.begin(), rest.end());
  return JoinWords(said);
}

std::string MoveFact(const std::string& from, const std::string& to) {
  return "from " + from + " you can go to " + to + " .";
}

std::string GoalRule(const std::string& square, bool wins) {
  return "whoever reaches " + square + (wins ? " wins ." : " loses .");
}

std::string StuckRule(bool wins) { return std::string("whoever cannot move ") + (wins ? "wins ." : "loses ."); }

std::string MoveQuestion(const std::string& from) { return "the best move from " + from + " is to what ?"; }

std::vector<std::string> SplitWords(const std::string& sentence) {
  constexpr char kSpaces[] = " \t\n\v\f\r";
  std::vector<std::string> words;
  for (size_t begin = sentence.find_first_not_of(kSpaces); begin != std::string::npos;) {
    const size_t end = std::min(sentence.find_first_of(kSpaces, begin), sentence.size());
    words.push_back(sentence.substr(begin, end - begin));
    begin = sentence.find_first_not_of(kSpaces, end);
  }
  return words;
}

bool HasWord(const std::string& sentence, const std::string& word) {
  const std::vector<std::string> words = SplitWords(sentence);
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string JoinName(const std::string& name) {
  std::string joined;
  for (const std::string& word : SplitWords(name)) joined += (joined.empty() ? "" : kNameJoin) + word;
  return joined;
}

std::string SplitName(const std::string& text) {
  const std::string join = kNameJoin;
  std::string split = text;
  for (size_t at = split.find(join); at != std::string::npos; at = split.find(join, at)) {
    split.replace(at, join.size(), " ");
  }
  return split;
}

void Names::Add(const std::string& name) {
  const std::vector<std::string> words = SplitWords(name);
  if (words.size() > 1) by_first_word_[words[0]].insert(words);
}

std::string Names::Join(const std::string& sentence) const {
  const std::vector<std::string> words = SplitWords(sentence);
  std::vector<std::string> joined;
  for (size_t at = 0; at < words.size();) {
    size_t longest = 1;
    if (const auto found = by_first_word_.find(words[at]); found != by_first_word_.end()) {
      for (const std::vector<std::string>& name : found->second) {
        const bool fits = name.size() <= words.size() - at;
        if (fits && std::equal(name.begin(), name.end(), words.begin() + static_cast<int64_t>(at))) {
          longest = std::max(longest, name.size());
        }
      }
    }
    const auto from = words.begin() + static_cast<int64_t>(at);
    joined.push_back(JoinName(JoinWords({from, from + static_cast<int64_t>(longest)})));
    at += longest;
  }
  return JoinWords(joined);
}

}  // namespace trivium
