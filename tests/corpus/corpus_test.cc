// The built-in corpus: teaches every word and form, gives no answer.
#include "stage1_language/corpus/corpus.h"
#include "stage1_language/corpus/corpus_writer.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/config/key_table.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr int64_t kDocuments = 5000;

const std::vector<std::string>& Documents() {
  static const std::vector<std::string> kTraining = [] {
    CorpusConfig config;
    config.documents = kDocuments;
    config.held_out = 0;
    return LoadCorpus(config, SeedTree(3)).value().training;
  }();
  return kTraining;
}

// The sentences of a document, each with its final "." or "?".
std::vector<std::vector<std::string>> Sentences(const std::string& document) {
  std::vector<std::vector<std::string>> sentences(1);
  for (const std::string& word : SplitWords(document)) {
    sentences.back().push_back(word);
    if (word == "." || word == "?") sentences.emplace_back();
  }
  REQUIRE(sentences.back().empty());  // a document ends with a full sentence
  sentences.pop_back();
  return sentences;
}

// A sentence with each word replaced by its category where that is what varies in the tasks' surface forms.
std::string Form(const std::vector<std::string>& sentence) {
  static const std::map<std::string, std::string> kCategories = [] {
    std::map<std::string, std::string> map;
    for (const char* category : {"name", "relation", "attribute", "comparative", "operator", "digit", "square"}) {
      for (const std::string& word : EnglishLexicon().Words(category)) map[word] = category;
    }
    return map;
  }();
  std::vector<std::string> words = sentence;
  for (std::string& word : words) {
    const auto it = kCategories.find(word);
    if (it != kCategories.end()) word = it->second;
  }
  return JoinWords(words);
}

TEST_CASE("in a built-in document nothing but questions follows a question", "[corpus]") {
  int questions = 0;
  for (const std::string& document : Documents()) {
    bool asked = false;
    for (const auto& sentence : Sentences(document)) {
      INFO(document);
      const bool is_question = sentence.back() == "?";
      REQUIRE((is_question || !asked));
      asked = asked || is_question;
      questions += is_question;
    }
  }
  REQUIRE(questions > kDocuments / 2);
}

TEST_CASE("built-in documents use every word of the lexicon and no other", "[corpus]") {
  const std::vector<std::string>& words = EnglishLexicon().AllWords();
  const std::set<std::string> known(words.begin(), words.end());
  std::set<std::string> met;
  for (const std::string& document : Documents()) {
    for (const std::string& word : SplitWords(document)) {
      INFO(word);
      REQUIRE(known.count(word) == 1);
      met.insert(word);
    }
  }
  REQUIRE(met == known);
}

TEST_CASE("each word of a built-in document has one space before it", "[corpus]") {
  for (const std::string& document : Documents()) REQUIRE(document == " " + JoinWords(SplitWords(document)));
}

TEST_CASE("a built-in document is short and repeats at most four names", "[corpus]") {
  const std::vector<std::string>& list = EnglishLexicon().Words("name");
  const std::set<std::string> names(list.begin(), list.end());
  for (const std::string& document : Documents()) {
    std::set<std::string> met;
    for (const std::string& word : SplitWords(document)) {
      if (names.count(word)) met.insert(word);
    }
    INFO(document);
    REQUIRE(met.size() <= 4);
    const size_t sentences = Sentences(document).size();
    REQUIRE((sentences >= 2 && sentences <= 17));
  }
}

TEST_CASE("the built-in corpus holds every surface form of the tasks", "[corpus]") {
  std::map<std::string, int> forms;
  for (const std::string& document : Documents()) {
    for (const auto& sentence : Sentences(document)) ++forms[Form(sentence)];
  }
  const Literal yes{"attribute", true}, no{"attribute", false};
  for (const std::string& form : {RelationFact("relation", "name", "name"),
                                  AttributeFact("name", yes),
                                  AttributeFact("name", no),
                                  Rule(yes, yes),
                                  Rule(yes, no),
                                  Rule(no, yes),
                                  Rule(no, no),
                                  ComparisonFact("comparative", "name", "name"),
                                  OperatorFact("operator", "digit", "digit", "digit"),
                                  MoveFact("square", "square"),
                                  GoalRule("square", true),
                                  GoalRule("square", false),
                                  StuckRule(true),
                                  StuckRule(false),
                                  RelationQuestion({"relation"}, "name"),
                                  RelationQuestion({"relation", "relation"}, "name"),
                                  RelationQuestion({"relation", "relation", "relation"}, "name"),
                                  RelationQuestion({"relation", "relation", "relation", "relation"}, "name"),
                                  AttributeQuestion("name", "attribute"),
                                  ComparisonQuestion("comparative", "name", "name"),
                                  OperatorQuestion("digit", {{"operator", "digit"}}),
                                  OperatorQuestion("digit", {{"operator", "digit"}, {"operator", "digit"}}),
                                  MoveQuestion("square"),
                                  std::string("name is comparative than who ?"),
                                  std::string("name is what ?"),
                                  std::string("name is not what ?"),
                                  std::string("if someone is attribute then they are what ?"),
                                  std::string("from square you can go to what ?")}) {
    INFO(form);
    REQUIRE(forms[form] >= 10);
  }
  REQUIRE(forms.size() > 500);
}

TEST_CASE("operator facts of the built-in corpus follow no table", "[corpus]") {
  std::map<std::string, std::set<std::string>> results;
  for (const std::string& document : Documents()) {
    for (const auto& sentence : Sentences(document)) {
      if (Form(sentence) == "digit operator digit is digit .") results[sentence[0] + sentence[1]].insert(sentence[4]);
    }
  }
  REQUIRE(results.size() == 160);
  size_t different = 0;
  for (const auto& [key, digits] : results) different += digits.size();
  REQUIRE(different > 160 * 6);
}

TEST_CASE("equal seeds give equal corpora and other seeds others", "[corpus]") {
  CorpusConfig config;
  config.documents = 300;
  const auto first = LoadCorpus(config, SeedTree(5)), second = LoadCorpus(config, SeedTree(5)),
             other = LoadCorpus(config, SeedTree(6));
  REQUIRE(first->training == second->training);
  REQUIRE(first->held_out == second->held_out);
  REQUIRE(first->sha256 == second->sha256);
  REQUIRE(first->sha256 != other->sha256);
}

TEST_CASE("a longer built-in corpus begins with the shorter one", "[corpus]") {
  CorpusConfig config;
  config.held_out = 0;
  config.documents = 200;
  const auto shorter = LoadCorpus(config, SeedTree(5));
  config.documents = 400;
  const auto longer = LoadCorpus(config, SeedTree(5));
  REQUIRE(std::equal(shorter->training.begin(), shorter->training.end(), longer->training.begin()));
}

TEST_CASE("the held-out share is spread over the corpus", "[corpus]") {
  CorpusConfig config;
  config.documents = 1000;
  REQUIRE(LoadCorpus(config, SeedTree(1))->held_out.size() == 20);
  REQUIRE(LoadCorpus(config, SeedTree(1))->training.size() == 980);
  config.held_out = 0.5;
  REQUIRE(LoadCorpus(config, SeedTree(1))->held_out.size() == 500);
}

TEST_CASE("the wide corpus speaks about 2,500 words, over 300 names among them, each known to the word lists",
          "[corpus]") {
  std::set<std::string> lexemes(EnglishLexicon().AllWords().begin(), EnglishLexicon().AllWords().end());
  size_t wide = 0;
  for (const auto& [category, words] : WideWords()) {
    for (const Lexeme& word : words) {
      REQUIRE_FALSE(word.base.empty());
      lexemes.insert(word.base);
      ++wide;
    }
  }
  REQUIRE(wide > 1800);
  REQUIRE(lexemes.size() > 2000);
  REQUIRE(EnglishLexicon().Words("name").size() >= 300);
  CorpusConfig config;
  config.source = "wide";
  config.documents = 4000;
  config.held_out = 0;
  std::set<std::string> met;
  const auto corpus = LoadCorpus(config, SeedTree(1));
  for (const std::string& document : corpus->training) {
    REQUIRE(document.find('$') == std::string::npos);
    REQUIRE(document.find('<') == std::string::npos);
    REQUIRE(document.find('/') == std::string::npos);
    for (const std::string& word : SplitWords(document)) met.insert(word);
  }
  size_t unmet = 0;
  for (const std::string& lexeme : lexemes) unmet += met.count(lexeme) == 0;
  REQUIRE(unmet < lexemes.size() / 5);  // met in another form, or rare
  REQUIRE(met.size() > 3000);           // with their inflected forms
}

}  // namespace
}  // namespace trivium
