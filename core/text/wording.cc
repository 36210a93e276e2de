// See wording.h: says a sentence again. Parsing lies in wording_parse.cc.
#include "core/text/wording.h"

#include "core/text/inflection.h"

#include <algorithm>

#include "core/text/sentences.h"
#include "core/text/text_data.h"

namespace trivium {
namespace {

// Of questions said loosely: plain words around all of it and between two of its words; "ann 's boss" instead of them;
// those that end as questions do.
constexpr int64_t kMostAround = 4, kMostBetween = 3;
constexpr double kOwnersShare = 0.3, kAskingShare = 0.8;

bool Allowed(bool held_out, WordingUse::Part part) {
  return part == WordingUse::Part::kAll || held_out == (part == WordingUse::Part::kHeldOut);
}

bool IsGap(const std::vector<std::string>& slot) { return slot.back() == "who" || slot.back() == "what"; }

}  // namespace

// `rng` is null for the canonical wording. Where nothing of the part asked for exists, what there is serves.
const Wording::Choice& Wording::Pick(const std::vector<Choice>& choices, WordingUse::Part part, Rng* rng) const {
  if (rng == nullptr) return choices.front();
  std::vector<const Choice*> allowed;
  for (const Choice& choice : choices) {
    if (Allowed(choice.held_out, part)) allowed.push_back(&choice);
  }
  return allowed.empty() ? choices.front() : *rng->Pick(allowed);
}

std::vector<std::string> Wording::WordsFor(const std::string& concept_word, WordingUse::Part part) const {
  std::vector<std::string> allowed;
  const auto it = words_.find(concept_word);
  if (it == words_.end()) return {concept_word};
  for (const ConceptWord& word : it->second) {
    if (Allowed(word.held_out, part)) allowed.push_back(word.word);
  }
  return allowed.empty() ? std::vector<std::string>{it->second.front().word} : allowed;
}

std::string Wording::PickWord(const std::string& concept_word, const WordingUse& use, Rng* rng) const {
  return rng == nullptr ? concept_word : rng->Pick(WordsFor(concept_word, use.words));
}

std::string Wording::Plural(const std::string& word) const {
  const auto it = plurals_.find(word);
  return it != plurals_.end() ? it->second : RegularPlural(word);
}

std::vector<std::string> Wording::TypicalOf(const std::string& concept_word) const {
  const auto it = typical_.find(concept_word);
  return it == typical_.end() ? std::vector<std::string>() : it->second;
}

std::vector<std::string> Wording::AllWords() const {
  std::vector<std::string> all;
  for (const std::string& key : concepts_) {
    for (const ConceptWord& word : words_.at(key)) all.push_back(word.word);
  }
  return all;
}

// parts: name, then `count` relations outwards.
std::vector<std::string> Wording::NounPhrase(const std::vector<std::string>& parts, size_t count, const WordingUse& use,
                                             Rng* rng) const {
  if (count == 0) return {PickWord(parts.front(), use, rng)};
  std::vector<std::string> words;
  const std::string relation = PickWord(parts[count], use, rng);
  for (const std::string& word : Pick(forms_.at("noun"), use.templates, rng).words) {
    if (word == "$N") {
      const std::vector<std::string> inner = NounPhrase(parts, count - 1, use, rng);
      words.insert(words.end(), inner.begin(), inner.end());
    } else {
      words.push_back(word == "$R" ? relation : word == "$R.s" ? Plural(relation) : word);
    }
  }
  return words;
}

// parts: number, then `count` pairs of operator and number.
std::vector<std::string> Wording::Expression(const std::vector<std::string>& parts, size_t count, const WordingUse& use,
                                             Rng* rng) const {
  if (count == 0) return {PickWord(parts.front(), use, rng)};
  std::vector<std::string> words;
  for (const std::string& word : Pick(forms_.at("step"), use.templates, rng).words) {
    if (word == "$E") {
      const std::vector<std::string> inner = Expression(parts, count - 1, use, rng);
      words.insert(words.end(), inner.begin(), inner.end());
    } else if (word == "$O" || word == "$X") {
      words.push_back(PickWord(parts[2 * count - (word == "$O" ? 1 : 0)], use, rng));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

std::vector<std::string> Wording::Literal(const std::vector<std::string>& parts, const WordingUse& use,
                                          Rng* rng) const {
  const std::string attribute = PickWord(parts.back(), use, rng);
  if (parts.size() == 1) return {attribute};
  std::vector<std::string> words = Pick(forms_.at("denied"), use.templates, rng).words;
  std::replace(words.begin(), words.end(), std::string("$P"), attribute);
  return words;
}

std::vector<std::string> Wording::Pattern(const Sentence& sentence, const WordingUse& use, Rng* rng) const {
  using Mood = Sentence::Mood;
  const Templates& special = sentence.mood == Mood::kTruthAsked ? asks_ : questions_;
  if (sentence.mood != Mood::kStatement && special.count(sentence.form) > 0) {
    return Pick(special.at(sentence.form), use.templates, rng).words;
  }
  std::vector<std::string> pattern = Pick(forms_.at(sentence.form), use.templates, rng).words;
  if (sentence.mood != Mood::kStatement) pattern.back() = "?";
  return pattern;
}

Wording::Said Wording::Fill(const std::vector<std::string>& pattern, const Sentence& sentence, const WordingUse& use,
                            Rng* rng) const {
  Said said;
  std::vector<std::string> words;
  for (const std::string& part : pattern) {
    if (part.front() != '$') {
      words.push_back(part);
      continue;
    }
    // A yes-or-no question names the attribute alone, where its statement has a literal.
    const auto& slot = sentence.slots.at(part == "$P" && sentence.slots.count("$P") == 0 ? "$L" : part);
    std::vector<std::string> filled;
    if (part == "$N") {
      filled = NounPhrase(slot, slot.size() - 1, use, rng);
    } else if (part == "$E") {
      filled = Expression(slot, slot.size() / 2, use, rng);
    } else if (part == "$L" || part == "$M" || part == "$P") {
      filled = Literal(slot, use, rng);
    } else {
      filled = {PickWord(slot.back(), use, rng)};
    }
    words.insert(words.end(), filled.begin(), filled.end());
    if (!IsGap(slot)) said.last = filled.back();
  }
  said.text = JoinWords(words);
  return said;
}

Wording::Said Wording::Say(const Sentence& sentence, const WordingUse& use, Rng& rng) const {
  return Fill(Pattern(sentence, use, &rng), sentence, use, &rng);
}

Wording::Said Wording::SayCanonically(const Sentence& sentence) const {
  return Fill(Pattern(sentence, {}, nullptr), sentence, {}, nullptr);
}

std::string Wording::SayExactly(const Sentence& sentence, Rng& rng, WordingUse::Part templates) const {
  return Fill(Pattern(sentence, {WordingUse::Part::kAll, templates}, &rng), sentence, {}, nullptr).text;
}

bool Wording::IsOfNoun(const Sentence& question) {
  return question.mood == Sentence::Mood::kValueAsked && question.form == "relation";
}

std::string Wording::SayLoosely(const Sentence& question, const WordingUse& use, Rng& rng) const {
  std::vector<std::string> said = question.slots.at("$N");  // name, then relations outwards
  const bool owner_first = rng.Chance(0.5);
  for (std::string& word : said) word = PickWord(word, use, &rng);
  if (!owner_first) std::reverse(said.begin(), said.end());
  std::vector<std::string> words;
  const auto add_plain = [&](int64_t least, int64_t most) {
    for (int64_t i = rng.Between(least, most); i > 0; --i) words.push_back(rng.Pick(plain_words_));
  };
  add_plain(0, kMostAround);
  for (size_t i = 0; i < said.size(); ++i) {
    if (i > 0 && owner_first && rng.Chance(kOwnersShare)) {
      words.push_back("'s");
    } else if (i > 0) {
      add_plain(1, kMostBetween);
    }
    words.push_back(said[i]);
  }
  add_plain(0, kMostAround);
  words.push_back(rng.Chance(kAskingShare) ? "?" : ".");
  return JoinWords(words);
}

const Wording& EnglishWording() {
  // The embedded files are our own; a test parses them, so value() cannot fail here.
  static const Wording kWording = Wording::Parse(kEnglishWording, "english.wording").value();
  return kWording;
}

const Wording& ConstructedWording() {
  static const Wording kWording = Wording::Parse(kConstructedWording, "constructed.wording").value();
  return kWording;
}

}  // namespace trivium
