// Wordings: canonical sentences are taken apart and said again; held-out words and templates stay apart.
#include "core/text/wording.h"

#include <algorithm>
#include <set>

#include "core/text/lexicon.h"
#include "core/text/sentences.h"
#include "tests/test.h"

namespace trivium {
namespace {

constexpr auto kTraining = WordingUse::Part::kTraining, kHeldOut = WordingUse::Part::kHeldOut,
               kAll = WordingUse::Part::kAll;

std::vector<std::string> CanonicalSentences() {
  return {RelationFact("boss", "ann", "bob"),
          RelationQuestion({"boss"}, "ann"),
          RelationQuestion({"boss", "friend", "tailor"}, "ann"),
          AttributeFact("ann", {"red", true}),
          AttributeFact("ann", {"red", false}),
          AttributeQuestion("ann", "kind"),
          "ann is not what ?",
          Rule({"red", false}, {"kind", true}),
          Rule({"red", true}, {"kind", false}),
          "if someone is red then they are what ?",
          ComparisonFact("taller", "ann", "bob"),
          ComparisonQuestion("taller", "ann", "bob"),
          "ann is taller than who ?",
          OperatorFact("blip", "2", "3", "4"),
          OperatorQuestion("2", {{"blip", "3"}, {"zorp", "1"}}),
          MoveFact("oasis", "fern"),
          GoalRule("fern", true),
          StuckRule(false),
          MoveQuestion("oasis")};
}

TEST_CASE("every canonical sentence is understood and said again unchanged", "[text]") {
  for (const std::string& text : CanonicalSentences()) {
    INFO(text);
    const auto meaning = EnglishWording().Understand(text);
    REQUIRE(meaning.ok());
    REQUIRE(EnglishWording().SayCanonically(*meaning).text == text);
  }
  const auto wrong = EnglishWording().Understand("colourless green ideas sleep furiously .");
  REQUIRE(!wrong.ok());
  REQUIRE(Message(wrong.status()).find("colourless green") != std::string::npos);
}

TEST_CASE("a question said loosely keeps names and relations in their order, among plain words of training", "[text]") {
  Rng rng(5);
  const Wording& wording = EnglishWording();
  const Sentence question = wording.Understand(RelationQuestion({"boss", "friend"}, "ann")).value();
  REQUIRE(Wording::IsOfNoun(question));
  REQUIRE_FALSE(Wording::IsOfNoun(wording.Understand(RelationFact("boss", "ann", "bob")).value()));
  REQUIRE_FALSE(Wording::IsOfNoun(wording.Understand(AttributeQuestion("ann", "kind")).value()));
  REQUIRE_FALSE(Wording::IsOfNoun(wording.Understand("ann is taller than who ?").value()));
  const auto is_of = [&](const std::string& word, const std::string& concept_word) {
    const std::vector<std::string> words = wording.WordsFor(concept_word, kTraining);
    return std::count(words.begin(), words.end(), word) > 0;
  };
  std::set<std::vector<int>> orders;
  std::set<std::string> texts, others;
  for (int i = 0; i < 500; ++i) {
    const std::string text = wording.SayLoosely(question, {}, rng);
    std::vector<int> order;
    for (const std::string& word : SplitWords(text)) {
      if (word == "ann") {
        order.push_back(0);
      } else if (is_of(word, "friend")) {
        order.push_back(1);
      } else if (is_of(word, "boss")) {
        order.push_back(2);
      } else {
        others.insert(word);
      }
    }
    texts.insert(text);
    orders.insert(order);
  }
  REQUIRE(texts.size() > 450);
  REQUIRE(orders == std::set<std::vector<int>>{{0, 1, 2}, {2, 1, 0}});
  REQUIRE(others.size() > 40);
  for (const char* word : {"belonging", "turns", "goes", "$N", "kind", "people", "not", "than"}) {
    REQUIRE(others.count(word) == 0);
  }
  for (const std::string& word : others) {
    const std::string category = EnglishLexicon().CategoryOf(word);
    INFO(word);
    REQUIRE((category.empty() || category == "function"));
  }
}

TEST_CASE("a statement's value stands before its full stop in every wording", "[text]") {
  Rng rng(3);
  for (const Wording* wording : {&EnglishWording(), &ConstructedWording()}) {
    for (const std::string& text : CanonicalSentences()) {
      if (text.back() != '.') continue;
      for (int i = 0; i < 50; ++i) {
        const Wording::Said said = wording->Say(EnglishWording().Understand(text).value(), {kAll, kAll}, rng);
        const std::vector<std::string> words = SplitWords(said.text);
        INFO(said.text);
        REQUIRE(words.back() == ".");
        REQUIRE(words[words.size() - 2] == said.last);
      }
    }
  }
}

TEST_CASE("held-out words and templates are met only when asked for", "[text]") {
  const Sentence fact = EnglishWording().Understand(RelationFact("boss", "ann", "bob")).value();
  Rng rng(4);
  std::set<std::string> trained, new_words, new_templates;
  for (int i = 0; i < 1000; ++i) {
    trained.insert(EnglishWording().Say(fact, {kTraining, kTraining}, rng).text);
    new_words.insert(EnglishWording().Say(fact, {kHeldOut, kTraining}, rng).text);
    new_templates.insert(EnglishWording().Say(fact, {kTraining, kHeldOut}, rng).text);
  }
  REQUIRE(trained.count("the boss of ann is bob .") == 1);
  REQUIRE(trained.count("ann 's chief is called bob .") == 1);
  REQUIRE(trained.count("one of the managers of ann is bob .") == 1);
  REQUIRE(new_words.count("the superior of ann is bob .") == 1);
  for (const auto* others : {&new_words, &new_templates}) {
    for (const std::string& text : *others) REQUIRE(trained.count(text) == 0);
  }
  REQUIRE(EnglishWording().WordsFor("boss", kTraining) == std::vector<std::string>{"boss", "chief", "manager"});
  REQUIRE(EnglishWording().WordsFor("boss", kHeldOut) == std::vector<std::string>{"superior", "employer"});
  REQUIRE(EnglishWording().WordsFor("ann", kHeldOut) == std::vector<std::string>{"ann"});
}

TEST_CASE("synonyms are new words, and every attribute, relation and comparative has some", "[text]") {
  std::set<std::string> seen(EnglishLexicon().AllWords().begin(), EnglishLexicon().AllWords().end());
  for (const std::string& word : EnglishWording().AllWords()) {
    const bool is_concept = std::find(EnglishWording().concepts().begin(), EnglishWording().concepts().end(), word) !=
                            EnglishWording().concepts().end();
    INFO(word);
    REQUIRE(is_concept == (seen.insert(word).second == false));
  }
  for (const char* category : {"relation", "attribute", "comparative"}) {
    for (const std::string& word : EnglishLexicon().Words(category)) {
      INFO(word);
      REQUIRE(EnglishWording().WordsFor(word, kTraining).size() >= 2);
      REQUIRE(EnglishWording().WordsFor(word, kHeldOut).front() != word);
    }
  }
}

TEST_CASE("every concept has company of its own, which is none of the tasks' words", "[text]") {
  std::set<std::string> seen(EnglishLexicon().AllWords().begin(), EnglishLexicon().AllWords().end());
  for (const std::string& word : EnglishWording().AllWords()) seen.insert(word);
  for (const std::string& key : EnglishWording().concepts()) {
    INFO(key);
    REQUIRE(EnglishWording().TypicalOf(key).size() == 3);
    for (const std::string& word : EnglishWording().TypicalOf(key)) {
      INFO(word);
      REQUIRE(seen.insert(word).second);
    }
  }
  REQUIRE(EnglishWording().TypicalOf("pal").empty());
}

TEST_CASE("the constructed language has its own word for every word of the tasks, and all are different", "[text]") {
  std::set<std::string> words;
  for (const char* category :
       {"name", "relation", "attribute", "comparative", "operator", "digit", "square", "place", "thing", "animal",
        "action", "travel", "feeling", "deed", "adverb", "adjective", "time"}) {
    for (const std::string& word : EnglishLexicon().Words(category)) {
      const std::vector<std::string> translated = ConstructedWording().WordsFor(word, kAll);
      INFO(word);
      REQUIRE(translated.size() == 1);
      REQUIRE(translated.front() != word);
      REQUIRE(words.insert(translated.front()).second);
    }
  }
  Rng rng(5);
  const Sentence question = EnglishWording().Understand(RelationQuestion({"boss", "friend"}, "ada")).value();
  const auto w = [](const char* word) { return ConstructedWording().WordsFor(word, kAll).front(); };
  REQUIRE(ConstructedWording().Say(question, {}, rng).text ==
          w("ada") + " na " + w("friend") + " na " + w("boss") + " wa kie ?");
}

TEST_CASE("a bad wording file is refused by line", "[text]") {
  const auto message = [](const std::string& file) {
    const auto wording = Wording::Parse(file, "w");
    return wording.ok() ? std::string() : Message(wording.status());
  };
  REQUIRE(message("[form a]\n$Q is $V .\n").find("w:2: there is no slot '$Q'") == 0);
  REQUIRE(message("[form a]\n$V is $A now .\n").find("w:2: the value must stand last") == 0);
  REQUIRE(message("[from a]\nx .\n").find("w:2: there is no section [from]") == 0);
  REQUIRE(message("a b .\n").find("w:1: a line before") == 0);
  REQUIRE(message("[words]\na: b\nc: b\n").find("'b' stands for both 'a' and 'c'") != std::string::npos);
  REQUIRE(message("[translations]\na=b a=c\n").find("'a' is translated twice") != std::string::npos);
  REQUIRE(message("[words]\na: b\n[typical]\nc: d\n").find("[typical] 'c' is none of the concepts") !=
          std::string::npos);
  REQUIRE(message("[words]\na: b\n[typical]\na: b\n").find("[typical] 'b' stands for 'a'") != std::string::npos);
  REQUIRE(message("[form a]\n* $A is $V .\n").find("may not be held out") != std::string::npos);
}

}  // namespace
}  // namespace trivium
