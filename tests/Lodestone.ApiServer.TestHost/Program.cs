using Lodestone.ApiServer;

// A server of its own process, for tests that kill it. Usage: DATA-DIRECTORY. Says "ready" once it serves; ends when stdin does.
await using var server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = args[0] });
await server.StartAsync();
Console.WriteLine($"ready {server.Url}");
await Console.In.ReadToEndAsync();
