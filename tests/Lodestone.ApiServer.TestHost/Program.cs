using Lodestone.ApiServer;
using Microsoft.Extensions.Logging;

// A server of its own process, for tests that kill it. Usage: DATA-DIRECTORY. Says "ready" once it serves; ends when stdin does.
// What goes wrong inside is on stderr.
using ILoggerFactory loggers = LoggerFactory.Create(logging => logging
    .SetMinimumLevel(LogLevel.Error)
    .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
await using var server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = args[0], LoggerFactory = loggers });
await server.StartAsync();
Console.WriteLine($"ready {server.Url}");
await Console.In.ReadToEndAsync();
