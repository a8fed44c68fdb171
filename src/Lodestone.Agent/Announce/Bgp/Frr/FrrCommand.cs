namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>A command of configuration.</summary>
/// <param name="Text">One line.</param>
/// <param name="Shown">As it may be shown; null: as it is.</param>
internal readonly record struct FrrCommand(string Text, string? Shown = null)
{
    public static implicit operator FrrCommand(string text) => new(text);
}
