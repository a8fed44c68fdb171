using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench/Lodestone.Benchmarks -- --filter '*Maglev*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
