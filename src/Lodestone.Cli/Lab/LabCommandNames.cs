using System.Text.RegularExpressions;

namespace Lodestone.Cli.Lab;

/// <summary>What labs may be called.</summary>
internal static partial class LabCommandNames
{
    /// <summary>The name of a lab that the user gave none.</summary>
    public const string Default = "lab";

    /// <summary>Whether a name is one: it stands in a line of words.</summary>
    public static bool IsValid(string name) => Pattern().IsMatch(name);

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex Pattern();
}
