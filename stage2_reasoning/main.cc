// The program: joins the command lists of the folders. What a command does is written beside what it runs.
#include "core/cli/command.h"
#include "memory/commands.h"
#include "stage1_language/commands.h"
#include "stage1_language/data_commands.h"
#include "stage2_reasoning/commands.h"

int main(int argc, char** argv) {
  std::vector<trivium::Command> commands = trivium::DemoCommands();
  for (const auto& list : {trivium::DataCommands(), trivium::Stage1Commands(), trivium::InteropCommands(),
                           trivium::Stage2Commands(), trivium::MemoryEditCommands(), trivium::MemoryTransferCommands(),
                           trivium::MemoryCommands(), trivium::ToolCommands()}) {
    commands.insert(commands.end(), list.begin(), list.end());
  }
  return trivium::RunCommands(argc, argv, commands);
}
