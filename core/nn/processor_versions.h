// TRIVIUM_FOR_EACH_PROCESSOR before a function: one version of it for each kind of processor, of which the program
// takes the best that the machine has when it starts.
#pragma once

// Sanitizers run before the resolver that picks a version could; elsewhere there is one version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TRIVIUM_FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TRIVIUM_FOR_EACH_PROCESSOR
#endif
