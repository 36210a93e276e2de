// See knowledge.h.
#include "stage2_reasoning/knowledge.h"

#include <map>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace trivium {

absl::StatusOr<const MountedRows*> Knowledge::Rows(const std::vector<Mount>& mounts, const Reasoner& reasoner) {
  const std::lock_guard lock(mutex_);
  std::vector<uint64_t> versions;
  for (const Mount& mount : mounts) versions.push_back(mount.version());
  if (up_to_date_ && versions == versions_) return rows_.get();
  if (rows_ == nullptr) rows_ = std::make_unique<MountedRows>(reasoner.encoder(), reasoner.reader());
  const Spelling spelling = reasoner.encoder().encoder().spelling();
  const bool was_up_to_date = std::exchange(up_to_date_, false);
  bool followed = false;
  if (was_up_to_date) {
    ASSIGN_OR_RETURN(followed, Follow(mounts, spelling));
  }
  if (!followed) RETURN_IF_ERROR(Renew(mounts, spelling));
  versions_ = std::move(versions);
  up_to_date_ = true;
  return rows_.get();
}

absl::StatusOr<bool> Knowledge::Follow(const std::vector<Mount>& mounts, const Spelling& spelling) {
  if (!all_apart_ || mounts.size() != versions_.size()) return false;
  std::map<std::string, std::optional<Fact>> became;  // by id, what each changed fact is now; none: removed
  const auto is_there = [&](const std::string& id) {
    const auto changed = became.find(id);
    return changed != became.end() ? changed->second.has_value() : rows_->FactOf(id).has_value();
  };
  for (size_t m = 0; m < mounts.size(); ++m) {
    std::optional<std::vector<Mount::Change>> changes = mounts[m].Since(versions_[m]);
    if (!changes.has_value()) return false;
    for (Mount::Change& change : *changes) {
      if (change.action == Mount::Action::kRemoved) {
        became[change.fact.id] = std::nullopt;
        continue;
      }
      // What is new may speak of the same as another mount, or have the id of another fact.
      const bool is_new = change.action == Mount::Action::kAdded;
      if (is_new && (mounts.size() > 1 || is_there(change.fact.id))) return false;
      change.fact.confidence *= mounts[m].confidence();
      became[change.fact.id] = std::move(change.fact);
    }
  }
  std::vector<Fact> facts;
  for (auto& [id, fact] : became) {
    if (fact.has_value()) {
      fact->text = SpellFact(fact->text, spelling);
      facts.push_back(*std::move(fact));
    } else {
      rows_->Remove(id);
    }
  }
  RETURN_IF_ERROR(rows_->Put(facts));
  return true;
}

absl::Status Knowledge::Renew(const std::vector<Mount>& mounts, const Spelling& spelling) {
  std::vector<Fact> facts = MountedFacts(mounts);
  std::unordered_set<std::string_view> ids;
  for (Fact& fact : facts) {
    fact.text = SpellFact(fact.text, spelling);
    ids.insert(fact.id);
  }
  size_t mounted = 0;
  for (const Mount& mount : mounts) mounted += mount.facts().size();
  all_apart_ = ids.size() == mounted;
  return rows_->Update(facts).status();
}

}  // namespace trivium
