// The C++ example of the README: load a pipeline, give it facts, ask, and see what it read.
#include <iostream>

#include "stage2_reasoning/ask.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example PIPELINE \"QUESTION\"\n";
    return 2;
  }
  const absl::StatusOr<trivium::Pipeline> pipeline = trivium::LoadPipeline(argv[1]);
  if (!pipeline.ok()) {
    std::cerr << trivium::Message(pipeline.status()) << "\n";
    return trivium::ExitCode(pipeline.status());
  }
  trivium::AskOptions options;
  options.facts = {trivium::MakeFact("the friend of ada is ben ."), trivium::MakeFact("the boss of ben is carla .")};
  const absl::StatusOr<trivium::Trace> trace = trivium::Ask(*pipeline, argv[2], options);
  if (!trace.ok()) return trivium::ExitCode(trace.status());
  std::cout << trace->answer << "\n" << trivium::RenderTrace(*trace);
}
