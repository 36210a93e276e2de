// The built-in corpus: teaches every word and form, gives no answer. The user's files: read whole, or refused by line.
#include "stage1_language/corpus.h"
#include "stage1_language/corpus_writer.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/config/key_table.h"
#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "tests/harness/temp_dir.h"
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

absl::StatusOr<Corpus> Load(const std::filesystem::path& path, int64_t documents = 0,
                            const std::string& field = "text") {
  CorpusConfig config;
  config.source = path.string();
  config.documents = documents;
  config.field = field;
  return LoadCorpus(config, SeedTree(1));
}

// Loads a file of this content and returns the message of the usage error that it must cause.
std::string Complaint(const std::string& name, const std::string& content, const std::string& field = "text") {
  const TempDir dir;
  Spill(dir / name, content);
  const auto corpus = Load(dir / name, 0, field);
  REQUIRE(ExitCode(corpus.status()) == 2);
  return Message(corpus.status());
}

bool Contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

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

TEST_CASE("a corpus of two documents still keeps one for evaluation, a single document is trained on", "[corpus]") {
  const TempDir dir;
  Spill(dir / "two.txt", "one line\nanother line\n");
  REQUIRE(Load(dir / "two.txt")->held_out.size() == 1);
  REQUIRE(Load(dir / "two.txt")->training.size() == 1);
  Spill(dir / "one.txt", "one line\n");
  REQUIRE(Load(dir / "one.txt")->training.size() == 1);
}

TEST_CASE("a text file gives one document a line, without blank lines, byte order mark or carriage returns",
          "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt",
        "\xEF\xBB\xBF"
        "first line\r\n\r\n  \t\n second\nna\xC3\xAFve \xF0\x9F\x98\x80");
  CorpusConfig config;
  config.source = (dir / "c.txt").string();
  config.held_out = 0;
  const auto corpus = LoadCorpus(config, SeedTree(1));
  REQUIRE(corpus->training == std::vector<std::string>{" first line", " second", " na\xC3\xAFve \xF0\x9F\x98\x80"});
}

TEST_CASE("a JSONL file gives the named field of each line", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.jsonl",
        "{\"text\": \"a\", \"body\": \"b\\nc\"}\n\n{\"text\": \"d\", \"body\": \"e\"}\n{\"body\": \" \"}\n");
  const auto corpus = Load(dir / "c.jsonl", 0, "body");
  REQUIRE(corpus->training == std::vector<std::string>{" b\nc"});
  REQUIRE(corpus->held_out == std::vector<std::string>{" e"});
}

TEST_CASE("corpus.documents bounds what is read from a file", "[corpus]") {
  const TempDir dir;
  Spill(dir / "c.txt", "a\nb\nc\nd\n\xFF\n");
  const auto corpus = Load(dir / "c.txt", 3);
  REQUIRE(corpus->training.size() + corpus->held_out.size() == 3);
}

TEST_CASE("a missing, empty or blank corpus file is a usage error", "[corpus]") {
  const TempDir dir;
  REQUIRE(ExitCode(Load(dir / "none.txt").status()) == 2);
  REQUIRE(ExitCode(Load(dir.path()).status()) == 2);
  REQUIRE(Contains(Complaint("c.txt", ""), "c.txt is empty"));
  REQUIRE(Contains(Complaint("c.txt", "\n  \n\t\n"), "c.txt is empty"));
  REQUIRE(Contains(Complaint("c.jsonl", "{\"text\": \"\"}\n"), "c.jsonl is empty"));
}

TEST_CASE("invalid UTF-8 in a corpus is named by line and byte", "[corpus]") {
  REQUIRE(Contains(Complaint("c.txt", "good\nzo\xC3\xAB \xFF bad\n"), "c.txt:2: byte 6 is not UTF-8"));
  REQUIRE(Contains(Complaint("c.txt", "cut \xF0\x9F"), "c.txt:1: byte 5 is not UTF-8"));
  REQUIRE(Contains(Complaint("c.jsonl", "{\"text\": \"a\"}\n{\"text\": \"\xC0\x80\"}\n"), "c.jsonl:2: byte 11"));
}

TEST_CASE("a bad JSONL line is named, with the nearest field", "[corpus]") {
  const std::string good = "{\"text\": \"a\"}\n";
  REQUIRE(Contains(Complaint("c.jsonl", good + "{\"txt\": \"b\"}\n"),
                   "c.jsonl:2: field \"text\" is missing; did you mean corpus.field=txt?"));
  REQUIRE(Contains(Complaint("c.jsonl", good + good + "{\"text\": 3}\n"), "c.jsonl:3: field \"text\" is not a string"));
  REQUIRE(Contains(Complaint("c.jsonl", good + "[\"text\"]\n"), "c.jsonl:2: a JSON object is needed"));
  REQUIRE(Contains(Complaint("c.jsonl", good + "\n{\"text\": \"b\"\n"), "c.jsonl:3: not a line of JSON"));
  REQUIRE(Contains(Complaint("c.jsonl", "{\"text\": \"a\", \"text\": \"b\"}\n"), "c.jsonl:1: not a line of JSON"));
}

TEST_CASE("corpus settings that cannot work are usage errors", "[corpus]") {
  for (const CorpusConfig& config : {CorpusConfig{.source = ""}, CorpusConfig{.documents = 99},
                                     CorpusConfig{.held_out = 0.6}, CorpusConfig{.held_out = -0.1}}) {
    REQUIRE(ExitCode(LoadCorpus(config, SeedTree(1)).status()) == 2);
  }
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
