using Lodestone.ApiBench;

return await ApiBenchCommand.Create().Parse(args).InvokeAsync();
