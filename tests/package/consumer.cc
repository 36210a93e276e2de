// Uses the installed headers and the core library: a config key and a command line.
#include <cstdint>

#include "core/cli/command.h"
#include "core/config/key_table.h"

int main(int argc, char** argv) {
  int64_t steps = 0;
  const trivium::Command count{
      .name = "count",
      .summary = "counts",
      .run =
          [&steps](trivium::Invocation& invocation) {
            trivium::KeyTable table;
            table.Add("steps", &steps, {.help = "how far", .min = 0});
            const absl::Status status = invocation.LoadKeys(table);
            if (status.ok()) invocation.console.Print("counted to " + std::to_string(steps));
            return status;
          },
  };
  return trivium::RunCommands(argc, argv, {count});
}
