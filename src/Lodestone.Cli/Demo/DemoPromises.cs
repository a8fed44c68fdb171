using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Demo;

/// <summary>What the demo promises, and whether it held.</summary>
internal sealed class DemoPromises(StepConsole console)
{
    private readonly List<string> _failures = [];

    /// <summary>What did not hold.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Whether all held so far.</summary>
    public bool AllHeld => _failures.Count == 0;

    /// <summary>Notes a promise, and prints it with its outcome.</summary>
    /// <param name="held">Whether it held.</param>
    /// <param name="promise">What was promised and what was measured.</param>
    public void Check(bool held, string promise)
    {
        if (!held)
        {
            _failures.Add(promise);
        }

        console.Line(held ? $"{console.Style.Good("✓")} {promise}" : $"{console.Style.Bad("✗")} {promise}");
    }

    /// <summary>Notes that the demo could not go on.</summary>
    public void Fail(string reason)
    {
        _failures.Add(reason);
        console.Line($"{console.Style.Bad("✗")} {reason}");
    }
}
