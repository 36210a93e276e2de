// See knowledge.h.
#include "stage2_reasoning/knowledge.h"

#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/text/spelling.h"

namespace trivium {
namespace {

uint64_t Hash(std::string_view text) { return std::hash<std::string_view>()(text); }

uint64_t Join(uint64_t a, uint64_t b) { return (a ^ (a >> 29)) * 0x9E3779B97F4A7C15ULL + b; }

}  // namespace

Knowledge::Fingerprint Knowledge::Of(const std::vector<Mount>& mounts) {
  Fingerprint print;
  for (const Mount& mount : mounts) {
    print.mounts.push_back(Join(mount.facts.size(), std::hash<double>()(mount.confidence)));
    print.names.reserve(print.names.size() + mount.facts.size());
    print.texts.reserve(print.texts.size() + mount.facts.size());
    for (const Fact& fact : mount.facts) {
      print.names.push_back(Join(Join(Hash(fact.id), Hash(fact.subject)), Hash(fact.relation)));
      print.texts.push_back(Join(Hash(fact.text), std::hash<double>()(fact.confidence)));
    }
  }
  return print;
}

absl::StatusOr<const MountedRows*> Knowledge::Rows(const std::vector<Mount>& mounts, const Reasoner& reasoner) {
  const std::lock_guard lock(mutex_);
  Fingerprint print = Of(mounts);
  const bool same_names = up_to_date_ && print.mounts == fingerprint_.mounts && print.names == fingerprint_.names;
  if (same_names && print.texts == fingerprint_.texts) return rows_.get();
  if (rows_ == nullptr) rows_ = std::make_unique<MountedRows>(reasoner.encoder(), reasoner.reader());
  const Spelling spelling = reasoner.encoder().encoder().spelling();
  up_to_date_ = false;
  if (same_names && all_apart_) {
    size_t number = 0;
    for (const Mount& mount : mounts) {
      for (const Fact& known : mount.facts) {
        const size_t at = number++;
        if (print.texts[at] == fingerprint_.texts[at]) continue;
        Fact fact = known;
        fact.text = SpellFact(fact.text, spelling);
        fact.confidence *= mount.confidence;
        RETURN_IF_ERROR(rows_->Put(fact));
      }
    }
  } else {
    std::vector<Fact> facts = MountedFacts(mounts);
    std::unordered_set<std::string_view> ids;
    for (Fact& fact : facts) {
      fact.text = SpellFact(fact.text, spelling);
      ids.insert(fact.id);
    }
    all_apart_ = ids.size() == print.names.size();
    RETURN_IF_ERROR(rows_->Update(facts).status());
  }
  fingerprint_ = std::move(print);
  up_to_date_ = true;
  return rows_.get();
}

}  // namespace trivium
