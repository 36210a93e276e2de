// See mounted_rows.h.
#include "memory/mounted_rows.h"

#include "core/nn/torch_pch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "core/text/tokenizer.h"

namespace trivium {
namespace {

// Facts that the frozen model reads at once: enough to keep it busy, few enough to stay small.
constexpr size_t kFactsAtOnce = 256;
constexpr int64_t kUsualRowsOfFact = 8;
constexpr double kLeastWeight = 1e-3;  // of a row whose word may be the answer

bool SameRows(const Fact& a, const Fact& b) { return a.text == b.text && a.confidence == b.confidence; }

// The pieces of the words so far, as bytes: what the key of the next row is made from.
void AppendWord(const Word& word, std::string& prefix) {
  for (int32_t piece : word.pieces) prefix.append(reinterpret_cast<const char*>(&piece), sizeof(piece));
  const int32_t end = -1;
  prefix.append(reinterpret_cast<const char*>(&end), sizeof(end));
}

}  // namespace

MountedRows::MountedRows(const RowEncoder& encoder, const Reader& reader, const RowIndexOptions& options)
    : encoder_(encoder), reader_(reader), store_(encoder.key_width(), reader.value.size(0), options) {}

absl::Status MountedRows::InsertPart(const std::vector<std::pair<std::string, const Fact*>>& facts) {
  torch::NoGradGuard no_grad;
  std::vector<std::string> texts;
  for (const auto& [key, fact] : facts) texts.push_back(fact->text);
  ASSIGN_OR_RETURN(const EncodedSentences encoded, encoder_.Encode(texts));
  std::vector<int64_t> before, said;  // rows of the flattened sentences: the key's word and the next one
  std::vector<int64_t> fact_of_row;
  std::vector<std::string> prefixes;
  std::vector<std::string> values;  // what each row says
  std::vector<std::string> first_words;
  std::vector<float> belief;
  const int64_t words = encoded.vectors.size(1);
  for (size_t f = 0; f < facts.size(); ++f) {
    std::string prefix;
    const std::vector<Word> said_words = encoder_.encoder().tokenizer().EncodeWords(texts[f]);
    first_words.push_back(said_words.front().text);
    for (int64_t t = 0; t + 1 < encoded.lengths[f]; ++t) {
      AppendWord(said_words[static_cast<size_t>(t)], prefix);
      prefixes.push_back(prefix);
      before.push_back(static_cast<int64_t>(f) * words + t);
      said.push_back(before.back() + 1);
      values.push_back(said_words[static_cast<size_t>(t) + 1].text);
      belief.push_back(static_cast<float>(std::log(facts[f].second->confidence)));
      fact_of_row.push_back(static_cast<int64_t>(f));
    }
  }
  std::vector<int64_t> slots;
  if (!prefixes.empty()) {
    const at::Tensor next = torch::tensor(said, at::kLong);
    const at::Tensor vectors = encoded.vectors.flatten(0, 1).index_select(0, next);
    const auto [keys, read] =
        reader_.Project(encoded.keys.flatten(0, 1).index_select(0, torch::tensor(before, at::kLong)), vectors);
    slots =
        store_.Add(prefixes, keys, read, encoded.weights.flatten().index_select(0, next).log() + torch::tensor(belief));
  }
  std::vector<int64_t> numbers;
  for (const auto& [key, fact] : facts) {
    if (free_entries_.empty()) {
      numbers.push_back(static_cast<int64_t>(entries_.size()));
      entries_.emplace_back();
    } else {
      numbers.push_back(free_entries_.back());
      free_entries_.pop_back();
    }
    entries_[static_cast<size_t>(numbers.back())] = {*fact, {}, SayWord(first_words[numbers.size() - 1])};
    number_of_id_[key] = numbers.back();
  }
  fact_of_slot_.resize(static_cast<size_t>(store_.slots()), -1);
  word_of_slot_.resize(static_cast<size_t>(store_.slots()), -1);
  for (size_t r = 0; r < slots.size(); ++r) {
    const int64_t number = numbers[static_cast<size_t>(fact_of_row[r])];
    word_of_slot_[static_cast<size_t>(slots[r])] = SayWord(values[r]);
    entries_[static_cast<size_t>(number)].slots.push_back(slots[r]);
    fact_of_slot_[static_cast<size_t>(slots[r])] = number;
  }
  return absl::OkStatus();
}

absl::Status MountedRows::Insert(const std::vector<std::pair<std::string, const Fact*>>& facts) {
  if (facts.size() > kFactsAtOnce) store_.Reserve(static_cast<int64_t>(facts.size()) * kUsualRowsOfFact);
  for (size_t first = 0; first < facts.size(); first += kFactsAtOnce) {
    const size_t end = std::min(facts.size(), first + kFactsAtOnce);
    RETURN_IF_ERROR(
        InsertPart({facts.begin() + static_cast<int64_t>(first), facts.begin() + static_cast<int64_t>(end)}));
  }
  return absl::OkStatus();
}

void MountedRows::EraseEntry(int64_t number) {
  Entry& entry = entries_[static_cast<size_t>(number)];
  store_.Remove(entry.slots);
  for (const int64_t slot : entry.slots) UnsayWord(word_of_slot_[static_cast<size_t>(slot)]);
  UnsayWord(entry.first_word);
  entry = Entry();
  free_entries_.push_back(number);
}

void MountedRows::Erase(const std::string& key) {
  const auto found = number_of_id_.find(key);
  EraseEntry(found->second);
  number_of_id_.erase(found);
}

int64_t MountedRows::SayWord(const std::string& text) {
  const auto [found, is_new] = number_of_word_.try_emplace(text, static_cast<int64_t>(words_.size()));
  if (is_new && free_words_.empty()) {
    words_.push_back({text, 0});
  } else if (is_new) {
    found->second = free_words_.back();
    free_words_.pop_back();
    words_[static_cast<size_t>(found->second)].text = text;
  }
  ++words_[static_cast<size_t>(found->second)].times;
  return found->second;
}

void MountedRows::UnsayWord(int64_t number) {
  SaidWord& said = words_[static_cast<size_t>(number)];
  if (--said.times > 0) return;
  number_of_word_.erase(said.text);
  said = SaidWord();
  free_words_.push_back(number);
}

void MountedRows::AddReadWords(const at::Tensor& weights, const at::Tensor& slots, CandidateWords& words) const {
  const at::Tensor read = (weights > kLeastWeight).nonzero().contiguous();  // [reads, 3]
  const at::Tensor at_slots = slots.contiguous();
  for (int64_t r = 0; r < read.size(0); ++r) {
    const int64_t* place = read.data_ptr<int64_t>() + 3 * r;
    const int64_t slot = at_slots.data_ptr<int64_t>()[(place[0] * slots.size(1) + place[1]) * slots.size(2) + place[2]];
    const int64_t word = word_of_slot_[static_cast<size_t>(slot)];
    if (word >= 0) words.Add(place[0], words_[static_cast<size_t>(word)].text);
  }
}

std::string MountedRows::KeyOf(const std::string& id, int64_t time) {
  return time == 1 ? id : id + "\n" + std::to_string(time);
}

std::vector<int64_t> MountedRows::SlotsOf(const std::vector<std::string>& ids) const {
  std::vector<int64_t> slots;
  for (const std::string& id : std::unordered_set<std::string>(ids.begin(), ids.end())) {
    int64_t time = 1;
    for (auto found = number_of_id_.find(id); found != number_of_id_.end();
         found = number_of_id_.find(KeyOf(id, time))) {
      const Entry& entry = entries_[static_cast<size_t>(found->second)];
      slots.insert(slots.end(), entry.slots.begin(), entry.slots.end());
      ++time;
    }
  }
  return slots;
}

absl::StatusOr<MountedChanges> MountedRows::Update(const std::vector<Fact>& facts) {
  const std::unique_lock lock(mutex_);
  MountedChanges changes;
  std::unordered_map<std::string, int64_t> times;
  std::unordered_set<std::string> wanted;
  std::vector<std::pair<std::string, const Fact*>> missing;
  std::vector<std::string> outdated;
  for (const Fact& fact : facts) {
    const int64_t time = ++times[fact.id];
    std::string key = KeyOf(fact.id, time);
    const auto found = number_of_id_.find(key);
    wanted.insert(key);
    if (found == number_of_id_.end()) {
      ++changes.added;
      missing.emplace_back(std::move(key), &fact);
    } else if (Fact& known = entries_[static_cast<size_t>(found->second)].fact; SameRows(known, fact)) {
      known = fact;
    } else {
      ++changes.changed;
      outdated.push_back(key);
      missing.emplace_back(std::move(key), &fact);
    }
  }
  for (const auto& [key, number] : number_of_id_) {
    if (wanted.count(key) != 0) continue;
    ++changes.removed;
    outdated.push_back(key);
  }
  for (const std::string& key : outdated) Erase(key);
  RETURN_IF_ERROR(Insert(missing));
  store_.Balance();
  return changes;
}

absl::Status MountedRows::Put(const std::vector<Fact>& facts) {
  const std::unique_lock lock(mutex_);
  for (size_t first = 0; first < facts.size(); first += kFactsAtOnce) {
    std::vector<std::pair<std::string, const Fact*>> part;
    std::vector<int64_t> old;
    for (size_t f = first; f < std::min(facts.size(), first + kFactsAtOnce); ++f) {
      const auto found = number_of_id_.find(facts[f].id);
      if (found != number_of_id_.end()) old.push_back(found->second);
      part.emplace_back(facts[f].id, &facts[f]);
    }
    // The new rows come first, so that an error leaves the old ones.
    RETURN_IF_ERROR(InsertPart(part));
    for (const int64_t number : old) EraseEntry(number);
  }
  store_.Balance();
  return absl::OkStatus();
}

std::optional<Fact> MountedRows::FactOf(const std::string& id) const {
  const std::shared_lock lock(mutex_);
  const auto found = number_of_id_.find(id);
  if (found == number_of_id_.end()) return std::nullopt;
  return FactAt(found->second);
}

bool MountedRows::Remove(const std::string& id) {
  const std::unique_lock lock(mutex_);
  if (number_of_id_.count(id) == 0) return false;
  Erase(id);
  store_.Balance();
  return true;
}

}  // namespace trivium
