using System.CommandLine;

namespace Lodestone.Cli.Commands;

/// <summary>Options that <c>events</c> and <c>flows</c> share.</summary>
internal static class EventOptions
{
    /// <summary>The programs count to this.</summary>
    private const int MaxSample = 1_000_000_000;

    /// <summary><c>--vip ADDR</c>.</summary>
    public static Option<string?> Vip() => new("--vip") { Description = "Only packets to this VIP.", HelpName = "ADDR" };

    /// <summary>What the user said to <c>--sample</c>; null: nothing.</summary>
    /// <exception cref="CommandException">It is out of range.</exception>
    public static int? ReadSample(ParseResult result, Option<int> option) => result.GetResult(option) is null ? null
        : result.GetValue(option) is >= 1 and <= MaxSample and var n ? n
        : throw new CommandException($"--sample {result.GetValue(option)} is not within 1 and {MaxSample}.", ExitCodes.Usage);

    /// <summary>What the user said to an option that is a number; null: nothing.</summary>
    /// <exception cref="CommandException">It is not positive.</exception>
    public static long? ReadPositive(ParseResult result, Option<long> option, string name) => result.GetResult(option) is null ? null
        : result.GetValue(option) is >= 1 and var n ? n
        : throw new CommandException($"{name} {result.GetValue(option)} is not positive.", ExitCodes.Usage);
}
