// Inflection by rule, against forms from a dictionary.
#include "core/text/inflection.h"

#include "tests/test.h"

namespace trivium {
namespace {

TEST_CASE("plurals and third persons", "[text]") {
  for (const auto& [word, form] : std::vector<std::pair<std::string, std::string>>{{"cat", "cats"},
                                                                                   {"box", "boxes"},
                                                                                   {"bush", "bushes"},
                                                                                   {"church", "churches"},
                                                                                   {"city", "cities"},
                                                                                   {"day", "days"},
                                                                                   {"carry", "carries"},
                                                                                   {"glass", "glasses"},
                                                                                   {"path", "paths"}}) {
    CHECK(RegularPlural(word) == form);
  }
}

TEST_CASE("pasts and participles", "[text]") {
  for (const auto& [word, past, participle] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"walk", "walked", "walking"},
                                                                      {"stop", "stopped", "stopping"},
                                                                      {"bake", "baked", "baking"},
                                                                      {"carry", "carried", "carrying"},
                                                                      {"play", "played", "playing"},
                                                                      {"lie", "lied", "lying"},
                                                                      {"agree", "agreed", "agreeing"},
                                                                      {"cook", "cooked", "cooking"},
                                                                      {"fix", "fixed", "fixing"},
                                                                      {"row", "rowed", "rowing"},
                                                                      {"visit", "visited", "visiting"},
                                                                      {"grin", "grinned", "grinning"},
                                                                      {"free", "freed", "freeing"},
                                                                      {"dye", "dyed", "dyeing"},
                                                                      {"fear", "feared", "fearing"}}) {
    CHECK(RegularPast(word) == past);
    CHECK(Participle(word) == participle);
  }
}

TEST_CASE("degrees of short and of long adjectives", "[text]") {
  for (const auto& [word, comparative, superlative] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"hot", "hotter", "hottest"},
                                                                      {"happy", "happier", "happiest"},
                                                                      {"brave", "braver", "bravest"},
                                                                      {"cold", "colder", "coldest"},
                                                                      {"curious", "more curious", "most curious"},
                                                                      {"dry", "drier", "driest"},
                                                                      {"slow", "slower", "slowest"},
                                                                      {"simple", "simpler", "simplest"}}) {
    CHECK(Comparative(word) == comparative);
    CHECK(Superlative(word) == superlative);
  }
}

}  // namespace
}  // namespace trivium
