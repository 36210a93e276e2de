// Flag accessors, the common flags and loading of config keys. See invocation.h.
#include "core/cli/invocation.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/base/json_file.h"
#include "core/base/nearest.h"
#include "core/config/config_loader.h"
#include "core/config/key_value.h"

namespace trivium {
namespace {

constexpr int64_t kMaxThreads = 1024;

// A result file that cannot be written should be found out before the hours of work, not after.
absl::Status CheckResultPath(const std::string& file) {
  if (file.empty()) return absl::OkStatus();
  const std::filesystem::path path(file);
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return UsageError("--json " + file + ": is a folder; name a file");
  if (!std::filesystem::is_directory(parent, error)) {
    return UsageError("--json " + file + ": there is no folder " + parent.string() + "; create it first");
  }
  return absl::OkStatus();
}

}  // namespace

bool Invocation::Has(const std::string& name) const { return flags.count(name) != 0; }

std::string Invocation::Get(const std::string& name, const std::string& fallback) const {
  const auto flag = flags.find(name);
  return flag == flags.end() || flag->second.empty() ? fallback : flag->second.back();
}

std::vector<std::string> Invocation::GetAll(const std::string& name) const {
  const auto flag = flags.find(name);
  return flag == flags.end() ? std::vector<std::string>() : flag->second;
}

absl::StatusOr<int64_t> Invocation::GetInt(const std::string& name, int64_t fallback, int64_t min, int64_t max) const {
  if (!Has(name)) return fallback;
  const std::string text = Get(name, "");
  const std::optional<int64_t> value = ParseInteger(text);
  if (!value) return UsageError("--" + name + " expects an integer, got \"" + text + "\"");
  if (*value < min) return UsageError("--" + name + " is " + text + "; allowed is at least " + std::to_string(min));
  if (*value > max) return UsageError("--" + name + " is " + text + "; allowed is at most " + std::to_string(max));
  return *value;
}

absl::StatusOr<double> Invocation::GetDouble(const std::string& name, double fallback) const {
  if (!Has(name)) return fallback;
  const std::string text = Get(name, "");
  const std::optional<double> value = ParseNumber(text);
  if (!value) return UsageError("--" + name + " expects a number, got \"" + text + "\"");
  return *value;
}

absl::Status Invocation::ParseCommon() {
  common_.config = Get("config", "");
  if (Has("config") && common_.config.empty()) return UsageError("--config needs a file name");
  common_.sets = GetAll("set");
  common_.print_config = Has("print-config");
  common_.dry_run = Has("dry-run");
  common_.resume = Has("resume");
  common_.quiet = Has("quiet");
  if (Has("seed")) {
    ASSIGN_OR_RETURN(const int64_t seed, GetInt("seed", 0, 0));
    common_.seed = static_cast<uint64_t>(seed);
  }
  ASSIGN_OR_RETURN(common_.threads, GetInt("threads", 0, 1, kMaxThreads));
  const std::vector<std::string> devices = {"auto", "cpu", "cuda"};
  common_.device = Get("device", "auto");
  if (common_.device != "auto" && common_.device != "cpu" && common_.device != "cuda") {
    const std::string near = Nearest(common_.device, devices);
    return UsageError("--device is \"" + common_.device + "\"; allowed is one of auto, cpu, cuda" +
                      (near.empty() ? "" : " (did you mean " + near + "?)"));
  }
  common_.json = Get("json", "");
  if (Has("json") && common_.json.empty()) return UsageError("--json needs a file name");
  return CheckResultPath(common_.json);
}

absl::Status Invocation::LoadKeys(KeyTable& table, const std::string& default_run) {
  keys_loaded_ = true;
  std::string file = common_.config;
  if (const std::string run = Get("out", default_run); file.empty() && common_.resume && !run.empty()) {
    const std::filesystem::path begun_with = std::filesystem::path(run) / "config.yaml";
    std::error_code error;
    if (std::filesystem::exists(begun_with, error)) file = begun_with.string();
  }
  RETURN_IF_ERROR(LoadConfig(table, {.file = file, .sets = common_.sets}));
  for (const char* name : {"seed", "threads", "device"}) {
    if (!Has(name) || table.Find(name) == nullptr) continue;
    RETURN_IF_ERROR(table.Set(name, {.texts = {Get(name, "")}}, "--" + std::string(name)));
  }
  if (!common_.print_config) return absl::OkStatus();
  console.Print(PrintConfig(table));
  config_printed_ = true;
  return absl::Status(absl::StatusCode::kAborted, "--print-config: printed");
}

absl::Status Invocation::WriteResult(const nlohmann::json& result) const {
  return common_.json.empty() ? absl::OkStatus() : WriteJson(common_.json, result);
}

}  // namespace trivium
