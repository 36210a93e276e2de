// One call of a command as its run function sees it: positionals, its own flags, the common flags, the console, and
// the way from config file and --set to typed structs.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/cli/console.h"
#include "core/config/key_table.h"

namespace trivium {

// The flags that every command has.
struct CommonOptions {
  std::string config;             // --config FILE, "" for none
  std::vector<std::string> sets;  // --set KEY=VALUE...
  bool print_config = false;
  bool dry_run = false;
  bool resume = false;
  std::optional<uint64_t> seed;  // --seed N
  int64_t threads = 0;           // --threads N; 0: not given, use the machine's cores
  std::string device = "auto";   // auto, cpu or cuda
  std::string json;              // --json FILE, "" for none
  bool quiet = false;
};

class Invocation {
 public:
  explicit Invocation(Console& the_console) : console(the_console) {}

  Console& console;
  std::vector<std::string> positionals;
  // The command's own and the common flags that were given, without "--"; a flag without value holds one "".
  std::map<std::string, std::vector<std::string>> flags;
  // The words typed, program first: for environment.json and model cards.
  std::vector<std::string> command_line;

  bool Has(const std::string& name) const;
  // The flag's (last) value, or `fallback` if it was not given.
  std::string Get(const std::string& name, const std::string& fallback) const;
  // All values of a repeated flag, in order.
  std::vector<std::string> GetAll(const std::string& name) const;
  // UsageError naming the flag if the value is no decimal number of that type or outside [min, max].
  absl::StatusOr<int64_t> GetInt(const std::string& name, int64_t fallback, int64_t min = INT64_MIN,
                                 int64_t max = INT64_MAX) const;
  absl::StatusOr<double> GetDouble(const std::string& name, double fallback) const;

  const CommonOptions& common() const { return common_; }

  // Fills the table's structs from --config and --set. A table with keys named exactly "seed", "threads" or "device"
  // also gets those flags, if given. With --print-config it prints the result and returns an error that RunCommands
  // turns into exit 0: pass it on like any other (RETURN_IF_ERROR). Call it once, before anything is written.
  // A run that is resumed without --config has the config in its folder, --out or `default_run`, if there is one.
  absl::Status LoadKeys(KeyTable& table, const std::string& default_run = "");

  // Writes the command's machine-readable result to the --json file, if one was asked for.
  absl::Status WriteResult(const nlohmann::json& result) const;

  // Reads the common flags out of `flags`. RunCommands calls it.
  absl::Status ParseCommon();

  // For RunCommands: what LoadKeys did.
  bool keys_loaded() const { return keys_loaded_; }
  bool config_printed() const { return config_printed_; }

 private:
  CommonOptions common_;
  bool keys_loaded_ = false;
  bool config_printed_ = false;
};

}  // namespace trivium
