using Microsoft.Extensions.Logging;

namespace Lodestone.Cli.Hosting;

/// <summary>Where log messages of a long-running command go.</summary>
internal static class StderrLogging
{
    /// <summary>Logs to stderr, one line a message; stdout stays for what the command promises to print.</summary>
    /// <param name="builder">What to configure.</param>
    /// <param name="verbose">Whether informational messages are written too; warnings always are.</param>
    public static void Configure(ILoggingBuilder builder, bool verbose)
    {
        builder.ClearProviders();
        builder.SetMinimumLevel(verbose ? LogLevel.Information : LogLevel.Warning);
        builder.AddFilter("Microsoft", LogLevel.Warning);

        // A host that can't start logs the exception that it then throws, and the command line says it again.
        builder.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss.fff ";
            options.UseUtcTimestamp = true;
        });
        builder.AddConsole(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>A factory that does so. The caller disposes it, which flushes.</summary>
    public static ILoggerFactory CreateFactory(bool verbose) => LoggerFactory.Create(builder => Configure(builder, verbose));
}
