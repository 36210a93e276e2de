// Mounted facts as rows that one reasoner reads: encoded and projected once, then kept up to date fact by fact. Only
// torch .cc files include this.
#pragma once

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/status.h"
#include "memory/candidates.h"
#include "memory/fact.h"
#include "memory/reader.h"
#include "memory/row_encoder.h"
#include "memory/row_store.h"

namespace trivium {

// What an update did, in facts.
struct MountedChanges {
  int64_t added = 0, changed = 0, removed = 0;
};

// Update, Put and Remove may be called while others read: they wait until no reader holds Lock().
class MountedRows {
 public:
  // REQUIRES: encoder and reader outlive this, and their weights stay as they are.
  MountedRows(const RowEncoder& encoder, const Reader& reader, const RowIndexOptions& options = {});

  // Makes the rows those of `facts`: encodes those that are new, or have another text or confidence than before, and
  // drops what is not among them. Facts are told apart by id; the second fact of an id counts as another one.
  // Errors as RowEncoder::Encode; then some of the new facts may be missing.
  absl::StatusOr<MountedChanges> Update(const std::vector<Fact>& facts);
  // Adds facts, or replaces those of their ids. After an error some are as they were. REQUIRES: the ids differ.
  absl::Status Put(const std::vector<Fact>& facts);
  // The fact of that id as its rows say it, none if there is none.
  std::optional<Fact> FactOf(const std::string& id) const;
  // False if there was none.
  bool Remove(const std::string& id);

  // While this is held nothing changes. The functions below are for its holders.
  std::shared_lock<std::shared_mutex> Lock() const { return std::shared_lock(mutex_); }
  const RowStore& store() const { return store_; }
  // Whether a fact has that word, spelled as the language model reads it.
  bool HasWord(const std::string& word) const { return number_of_word_.count(word) > 0; }
  int64_t facts() const { return static_cast<int64_t>(number_of_id_.size()); }
  // Facts are numbered; numbers of removed ones are given again.
  int64_t FactOfRow(int64_t slot) const { return fact_of_slot_[static_cast<size_t>(slot)]; }
  // Slots of all facts with one of these ids; ids of none are passed over.
  std::vector<int64_t> SlotsOf(const std::vector<std::string>& ids) const;
  const Fact& FactAt(int64_t number) const { return entries_[static_cast<size_t>(number)].fact; }
  // Adds the words that the read rows say (slots and weights [items, positions, k]), but for rows of negligible weight.
  void AddReadWords(const at::Tensor& weights, const at::Tensor& slots, CandidateWords& words) const;

 private:
  struct Entry {
    Fact fact;
    std::vector<int64_t> slots;
    int64_t first_word = -1;  // which no row says
  };
  struct SaidWord {
    std::string text;
    int64_t times = 0;  // that it is said
  };

  // What the `time`-th fact of an id is found by: the id, then "id\n2" and so on.
  static std::string KeyOf(const std::string& id, int64_t time);
  // REQUIRES of all below: mutex_ is held. Facts with their keys.
  absl::Status Insert(const std::vector<std::pair<std::string, const Fact*>>& facts);
  absl::Status InsertPart(const std::vector<std::pair<std::string, const Fact*>>& facts);
  void Erase(const std::string& key);
  void EraseEntry(int64_t number);
  // The number of a word that is said once more.
  int64_t SayWord(const std::string& text);
  void UnsayWord(int64_t number);

  const RowEncoder& encoder_;
  const Reader& reader_;
  mutable std::shared_mutex mutex_;
  RowStore store_;
  std::vector<Entry> entries_;
  std::vector<int64_t> free_entries_;
  std::unordered_map<std::string, int64_t> number_of_id_;
  std::vector<int64_t> fact_of_slot_;
  std::vector<SaidWord> words_;  // some of them said no longer: their numbers are given again
  std::vector<int64_t> free_words_;
  std::unordered_map<std::string, int64_t> number_of_word_;
  std::vector<int64_t> word_of_slot_;
};

}  // namespace trivium
