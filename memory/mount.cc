// See mount.h.
#include "memory/mount.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <set>
#include <utility>

#include "core/base/nearest.h"
#include "memory/shard.h"

namespace trivium {
namespace {

// Changes that a mount remembers; enough for whoever looks now and then.
constexpr size_t kMostChanges = 256;

// Another number for each change of any mount.
uint64_t NextVersion() {
  static std::atomic<uint64_t> last = 0;
  return ++last;
}

}  // namespace

Mount::Mount(std::string name, double confidence, std::vector<Fact> facts)
    : name_(std::move(name)),
      confidence_(confidence),
      facts_(std::move(facts)),
      version_(NextVersion()),
      first_version_(version_) {}

void Mount::Remember(Action action, const Fact& fact) {
  if (changes_.size() == kMostChanges) {
    changes_.clear();
    first_version_ = version_;
  }
  version_ = NextVersion();
  changes_.push_back({version_, action, fact});
}

void Mount::Add(Fact fact) {
  Remember(Action::kAdded, fact);
  facts_.push_back(std::move(fact));
}

void Mount::Replace(size_t at, Fact fact) {
  Fact& old = facts_[at];
  if (fact.id == old.id && fact.subject == old.subject && fact.relation == old.relation) {
    Remember(Action::kReworded, fact);
  } else {
    Remember(Action::kRemoved, old);
    Remember(Action::kAdded, fact);
  }
  old = std::move(fact);
}

void Mount::Remove(size_t at) {
  Remember(Action::kRemoved, facts_[at]);
  facts_.erase(facts_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::optional<std::vector<Mount::Change>> Mount::Since(uint64_t version) const {
  if (version == version_) return std::vector<Change>();
  const auto is_version = [&](const Change& change) { return change.version == version; };
  auto first = changes_.begin();
  if (version != first_version_) {
    first = std::find_if(changes_.begin(), changes_.end(), is_version);
    if (first == changes_.end()) return std::nullopt;
    ++first;
  }
  return std::vector<Change>(first, changes_.end());
}

absl::StatusOr<Mount> MountShard(const std::filesystem::path& path, double confidence) {
  if (!(confidence > 0.0 && confidence <= 1.0)) {
    return UsageError("the confidence of shard " + path.string() + " must lie above 0 and be at most 1");
  }
  ASSIGN_OR_RETURN(const Shard shard, Shard::Open(path));
  ASSIGN_OR_RETURN(std::vector<Fact> facts, shard.Facts());
  return Mount(shard.name(), confidence, std::move(facts));
}

absl::StatusOr<Mount> ParseMount(const std::string& flag) {
  const size_t equals = flag.rfind('=');
  if (equals == std::string::npos) return MountShard(flag);
  const std::string number = flag.substr(equals + 1);
  double confidence = 0.0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), confidence);
  if (error != std::errc() || end != number.data() + number.size()) {
    return UsageError("--shard " + flag + ": '" + number + "' is no number; write FILE or FILE=CONFIDENCE");
  }
  return MountShard(flag.substr(0, equals), confidence);
}

absl::Status Unmount(const std::string& name, std::vector<Mount>& mounts) {
  if (name == "all") {
    mounts.clear();
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  for (auto mount = mounts.begin(); mount != mounts.end(); ++mount) {
    if (mount->name() == name) {
      mounts.erase(mount);
      return absl::OkStatus();
    }
    names.push_back(mount->name());
  }
  const std::string nearest = Nearest(name, names);
  std::string known;
  for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
  return UsageError("no shard '" + name + "' is mounted" +
                    (!nearest.empty() ? "; did you mean '" + nearest + "'?"
                     : known.empty()  ? ": there is none"
                                      : "; mounted: " + known));
}

std::vector<Fact> MountedFacts(const std::vector<Mount>& mounts) {
  std::vector<Fact> facts;
  std::set<std::string> ids;
  std::set<std::pair<std::string, std::string>> told;
  for (size_t m = 0; m < mounts.size(); ++m) {
    const size_t first = facts.size();
    for (const Fact& fact : mounts[m].facts()) {
      const bool has_triple = !fact.subject.empty() && !fact.relation.empty();
      if (ids.count(fact.id) != 0 || (has_triple && told.count({fact.subject, fact.relation}) != 0)) continue;
      facts.push_back(fact);
      facts.back().confidence *= mounts[m].confidence();
    }
    if (m + 1 == mounts.size()) break;
    for (size_t i = first; i < facts.size(); ++i) {
      ids.insert(facts[i].id);
      if (!facts[i].subject.empty() && !facts[i].relation.empty()) told.emplace(facts[i].subject, facts[i].relation);
    }
  }
  return facts;
}

}  // namespace trivium
