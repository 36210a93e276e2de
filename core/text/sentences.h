// The surface forms shared by the corpus of stage 1 and the tasks of stage 2: one function a sentence form.
// All words are separated by single spaces and punctuation is a word of its own.
// A question is its statement with the wanted word replaced by who/what, or the statement itself with "?" (true or
// not?): the words before the gap are then the words before the gap of the fact that answers it, which is how memory
// rows are keyed.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace trivium {

// A property and whether it is asserted or denied: {red, false} reads "not red".
struct Literal {
  std::string attribute;
  bool positive = true;
  bool operator==(const Literal&) const = default;
};

// "the friend of ann is bob ."
std::string RelationFact(const std::string& relation, const std::string& subject, const std::string& object);
// "the boss of the friend of ann is who ?": relations outermost first, {boss, friend}.
std::string RelationQuestion(const std::vector<std::string>& relations, const std::string& subject);

// "ann is red ." / "ann is not red ."
std::string AttributeFact(const std::string& subject, const Literal& literal);
// "ann is kind ?"
std::string AttributeQuestion(const std::string& subject, const std::string& attribute);
// "if someone is [not] red then they are [not] kind ."
std::string Rule(const Literal& condition, const Literal& conclusion);

// "ann is taller than bob ."
std::string ComparisonFact(const std::string& comparative, const std::string& more, const std::string& less);
// "ann is taller than bob ?"
std::string ComparisonQuestion(const std::string& comparative, const std::string& more, const std::string& less);

// "2 blip 3 is 4 ."
std::string OperatorFact(const std::string& op, const std::string& left, const std::string& right,
                         const std::string& result);
// "2 blip 3 zorp 1 is what ?": applied from left to right; steps are (operator, right operand).
std::string OperatorQuestion(const std::string& first, const std::vector<std::pair<std::string, std::string>>& steps);

// Whose something is, as a word of its own, which is how the built-in English has it: "ann's boss is who ?" becomes
// "ann 's boss is who ?". is_word: whether some fact has the word; one that facts have while they do not have what
// stands before its "'s" is a name, such as "mcdonald's", and stays whole. "who's" and "what's" become "who is" and
// "what is"; other words whose "'s" says "is" stay as they are.
std::string PartOwners(const std::string& question, const std::function<bool(const std::string& word)>& is_word);

// A question as English asks it, put as these forms do: "who is the boss of ann ?" -> "the boss of ann is who ?",
// "is the boss of ann taller than bob ?" -> "the boss of ann is taller than bob ?", and a subject "ann 's boss" is "the
// boss of ann". Any other text is returned as it is. A subject is a word after any number of "the .. of" or before any
// number of "'s ..".
std::string QuestionInPlace(const std::string& question);

// "from oasis you can go to fern ."
std::string MoveFact(const std::string& from, const std::string& to);
// "whoever reaches fern wins ." / "... loses ."
std::string GoalRule(const std::string& square, bool wins);
// "whoever cannot move wins ." / "... loses ."
std::string StuckRule(bool wins);
// "the best move from oasis is to what ?"
std::string MoveQuestion(const std::string& from);

// Between words that are one name: a no-break space (U+00A0). Such a name is one word of the sentence, and so one
// memory row; the language model sees a space.
inline constexpr char kNameJoin[] = "\xC2\xA0";
// "new york" as one word, and back.
std::string JoinName(const std::string& name);
std::string SplitName(const std::string& text);

// Names of several words, to be found in sentences.
class Names {
 public:
  // Its words are those of SplitWords; a name of one word is passed over.
  void Add(const std::string& name);
  bool empty() const { return by_first_word_.empty(); }
  // The sentence with single spaces, each longest name in it joined.
  std::string Join(const std::string& sentence) const;

 private:
  std::map<std::string, std::set<std::vector<std::string>>> by_first_word_;
};

// The words of a sentence: split at ASCII white space.
std::vector<std::string> SplitWords(const std::string& sentence);
// Whether `word` is one of the sentence's words.
bool HasWord(const std::string& sentence, const std::string& word);
// The inverse: words joined by single spaces.
std::string JoinWords(const std::vector<std::string>& words);

}  // namespace trivium
