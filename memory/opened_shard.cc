// See opened_shard.h.
#include "memory/opened_shard.h"

namespace trivium {

namespace fs = std::filesystem;

absl::StatusOr<OpenedShard> OpenedShard::Open(Invocation& inv, bool make) {
  const fs::path path = inv.positionals[0];
  if (!make || fs::exists(path)) {
    ASSIGN_OR_RETURN(Shard shard, Shard::Open(path, DatabaseMode::kWrite));
    return OpenedShard(std::move(shard), "");
  }
  if (path.extension() != ".shard") {
    return UsageError("a new shard's name must end in .shard: '" + path.string() + "'");
  }
  const fs::path made = inv.common().dry_run ? fs::path(path.string() + ".dry-run") : path;
  ASSIGN_OR_RETURN(Shard shard, Shard::Create(made));
  return OpenedShard(std::move(shard), inv.common().dry_run ? made : fs::path());
}

OpenedShard::~OpenedShard() {
  if (temporary_.empty()) return;
  for (const char* ending : {"", "-wal", "-shm"}) {
    std::error_code error;
    fs::remove(temporary_.string() + ending, error);
  }
}

absl::Status Finish(Invocation& inv, ShardEdit& edit, const std::string& what, nlohmann::json result) {
  result["dry_run"] = inv.common().dry_run;
  if (inv.common().dry_run) {
    inv.console.Print("would " + what + "; nothing was changed");
    return inv.WriteResult(result);
  }
  ASSIGN_OR_RETURN(const int64_t change, edit.Commit(what));
  inv.console.Print(change == 0 ? "nothing to change" : what + " (change " + std::to_string(change) + ")");
  result["change"] = change;
  return inv.WriteResult(result);
}

absl::StatusOr<std::vector<Fact>> Contradicting(const Shard& shard, const Fact& fact) {
  std::vector<Fact> others;
  if (fact.subject.empty() || fact.relation.empty()) return others;
  ASSIGN_OR_RETURN(const std::vector<Fact> about, shard.FindAbout(fact.subject, fact.relation));
  for (const Fact& other : about) {
    if (other.id != fact.id && other.object != fact.object) others.push_back(other);
  }
  return others;
}

}  // namespace trivium
