// See prose.h.
#include "memory/prose.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "core/base/file_io.h"

namespace trivium {
namespace {

constexpr uint64_t kMaxProseBytes = 1 << 30;
constexpr size_t kQuotedBytes = 60;
constexpr std::array<std::string_view, 20> kAbbreviations = {"mr",  "mrs", "ms",     "dr",  "prof", "st",  "jr",
                                                             "sr",  "vs",  "e.g",    "i.e", "cf",   "etc", "no",
                                                             "vol", "fig", "approx", "u.s", "u.k",  "capt"};

bool IsSpace(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool IsStop(char c) { return c == '.' || c == '!' || c == '?'; }

// The word before the stop at `stop`, in lower case.
std::string WordBefore(std::string_view text, size_t stop) {
  size_t begin = stop;
  while (begin > 0 && !IsSpace(text[begin - 1]) && text[begin - 1] != '(' && text[begin - 1] != '"') --begin;
  std::string word(text.substr(begin, stop - begin));
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  return word;
}

bool IsAbbreviation(const std::string& word) {
  const bool initial = word.size() == 1 && std::isalpha(static_cast<unsigned char>(word[0])) != 0 && word != "i";
  return initial || std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

// Where the sentence with a stop at `stop` ends, or 0 if it goes on.
size_t EndAt(std::string_view text, size_t stop) {
  size_t end = stop + 1;
  while (end < text.size() && (IsStop(text[end]) || text[end] == '"' || text[end] == '\'' || text[end] == ')')) ++end;
  if (end < text.size() && !IsSpace(text[end])) return 0;
  const bool alone = stop == 0 || IsSpace(text[stop - 1]);
  if (alone) return end;
  size_t next = end;
  while (next < text.size() && IsSpace(text[next])) ++next;
  if (next < text.size() && std::islower(static_cast<unsigned char>(text[next])) != 0) return 0;
  return text[stop] == '.' && IsAbbreviation(WordBefore(text, stop)) ? 0 : end;
}

void Take(std::string_view part, std::vector<std::string>& sentences) {
  std::string sentence;
  for (const char c : part) {
    if (!IsSpace(c)) {
      sentence += c;
    } else if (!sentence.empty() && sentence.back() != ' ') {
      sentence += ' ';
    }
  }
  while (!sentence.empty() && sentence.back() == ' ') sentence.pop_back();
  if (!sentence.empty()) sentences.push_back(std::move(sentence));
}

}  // namespace

std::vector<std::string> SplitProse(std::string_view text) {
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  std::vector<std::string> sentences;
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    size_t end = 0;
    if (IsStop(text[at])) {
      end = EndAt(text, at);
    } else if (text[at] == '\n') {
      const size_t next = text.find_first_not_of(" \t\r", at + 1);
      if (next != std::string_view::npos && text[next] == '\n') end = at;
    }
    if (end == 0) continue;
    Take(text.substr(begin, end - begin), sentences);
    begin = end;
    at = std::max(at, end - 1);
  }
  Take(text.substr(begin), sentences);
  return sentences;
}

absl::StatusOr<std::vector<Fact>> ReadProse(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxProseBytes));
  std::vector<Fact> facts;
  std::set<std::string> ids;
  size_t number = 0;
  for (const std::string& sentence : SplitProse(bytes)) {
    ++number;
    Fact fact = MakeFact(sentence);
    fact.source = path.filename().string();
    const absl::Status valid = ValidateFact(fact);
    if (!valid.ok()) {
      return Annotate(valid, path.string() + ": sentence " + std::to_string(number) + " ('" +
                                 sentence.substr(0, kQuotedBytes) + "'): ");
    }
    if (ids.insert(fact.id).second) facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace trivium
