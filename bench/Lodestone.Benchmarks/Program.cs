using BenchmarkDotNet.Running;
using Lodestone.Benchmarks.Store;

// dotnet run -c Release --project bench/Lodestone.Benchmarks -- --filter '*Maglev*'
// dotnet run -c Release --project bench/Lodestone.Benchmarks -- store DIRECTORY
switch (args)
{
    case ["store", var directory]:
        await StoreBench.RunAsync(directory);
        break;
    case ["store-fill", var directory]:
        await StoreBench.FillAsync(directory);
        break;
    case ["store-open", var directory]:
        await StoreBench.OpenAsync(directory);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}
