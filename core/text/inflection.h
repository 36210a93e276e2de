// English inflection by rule: plurals, verb forms, degrees. Irregular words are the caller's to look up. Torch-free.
#pragma once

#include <string>

namespace trivium {

// "box" -> "boxes", "city" -> "cities", "cat" -> "cats". The third person of a verb has the same rule.
std::string RegularPlural(const std::string& noun);
// "stop" -> "stopped", "carry" -> "carried", "bake" -> "baked".
std::string RegularPast(const std::string& verb);
// "stop" -> "stopping", "bake" -> "baking", "lie" -> "lying".
std::string Participle(const std::string& verb);
// "hot" -> "hotter", "happy" -> "happier", "curious" -> "more curious".
std::string Comparative(const std::string& adjective);
// "hot" -> "hottest", "curious" -> "most curious".
std::string Superlative(const std::string& adjective);

}  // namespace trivium
