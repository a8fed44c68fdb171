using Lodestone.ControllerBench;

return await ControllerBenchCommand.Create().Parse(args).InvokeAsync();
