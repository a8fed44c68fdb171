using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Lodestone.Controllers.Tests.Integration;

/// <summary>Keeps what is logged as an error, and that something was forbidden, for a test to find nothing.</summary>
internal sealed class ErrorLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    internal IReadOnlyCollection<string> Errors => _errors;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string text = formatter(state, exception);
        if (logLevel >= LogLevel.Error || text.Contains(" is forbidden: ", StringComparison.Ordinal))
        {
            _errors.Enqueue($"{text}: {exception}");
        }
    }

    public void Dispose()
    {
    }
}
