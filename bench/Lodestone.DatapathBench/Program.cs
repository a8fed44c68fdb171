using Lodestone.DatapathBench;

return await DatapathBenchCommand.Create().Parse(args).InvokeAsync();
