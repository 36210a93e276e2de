// See sentences.h: the words of each sentence form.
#include "core/text/sentences.h"

#include <algorithm>
#include <string_view>

namespace trivium {
namespace {

constexpr std::string_view kOwners = "'s";
constexpr std::string_view kClosingQuote = "\u2019";

std::string Text(const Literal& literal) { return (literal.positive ? "" : "not ") + literal.attribute; }

// "ann 's friend 's boss" -> "the boss of the friend of ann".
std::vector<std::string> OwnersLast(const std::vector<std::string>& words) {
  std::vector<std::string> said;
  for (size_t w = 0; w < words.size();) {
    std::vector<std::string> phrase = {words[w++]};
    while (w + 2 < words.size() && words[w] == kOwners) {
      phrase.insert(phrase.begin(), {"the", words[w + 1], "of"});
      w += 2;
    }
    said.insert(said.end(), phrase.begin(), phrase.end());
  }
  return said;
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

std::string PartOwners(const std::string& question, const std::function<bool(const std::string& word)>& is_name) {
  const std::vector<std::string> words = SplitWords(question);
  std::vector<std::string> parted;
  for (size_t w = 0; w < words.size(); ++w) {
    const std::string& word = words[w];
    const bool is_owner = word.size() > kOwners.size() && word.ends_with(kOwners);
    const bool is_mark = word == "'" || word == kClosingQuote;
    if (w > 0 && w + 1 < words.size() && is_mark && words[w + 1] == "s") {
      parted.emplace_back(kOwners);
      ++w;
    } else if (is_owner && !is_name(word)) {
      parted.push_back(word.substr(0, word.size() - kOwners.size()));
      parted.emplace_back(kOwners);
    } else {
      parted.push_back(word);
    }
  }
  return JoinWords(parted);
}

std::string QuestionInPlace(const std::string& question) {
  std::vector<std::string> words = OwnersLast(SplitWords(question));
  const std::string asked = JoinWords(words);
  if (words.size() < 4 || words.back() != "?" || std::count(words.begin(), words.end(), "is") != 1) return asked;
  const bool asks_for = (words[0] == "who" || words[0] == "what") && words[1] == "is";
  if (asks_for) {
    std::rotate(words.begin(), words.begin() + 2, words.end() - 1);
    std::swap(*(words.end() - 3), *(words.end() - 2));
    return JoinWords(words);
  }
  if (words[0] != "is") return asked;
  size_t subject = 1;
  while (subject + 3 < words.size() && words[subject] == "the" && words[subject + 2] == "of") subject += 3;
  if (subject + 2 >= words.size()) return asked;  // nothing is said of it
  std::rotate(words.begin(), words.begin() + 1, words.begin() + static_cast<int64_t>(subject) + 1);
  return JoinWords(words);
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
