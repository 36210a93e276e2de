// See training_command.h.
#include "core/train/training_command.h"

#include "core/config/config_loader.h"

namespace trivium {

absl::StatusOr<TrainOptions> LoadTraining(Invocation& call, const std::string& default_run, KeyTable& table) {
  TrainOptions options;
  options.default_config_yaml = ResolvedYaml(table);
  RETURN_IF_ERROR(call.LoadKeys(table, default_run));
  options.run_dir = call.Get("out", default_run);
  options.resume = call.common().resume;
  options.threads = call.common().threads;
  options.device = call.common().device;
  options.config_yaml = ResolvedYaml(table);
  options.command_line = call.command_line;
  options.console = &call.console;
  return options;
}

}  // namespace trivium
