namespace Lodestone.ApiServer.OpenApi;

/// <summary>A field of a <see cref="GnosticMessage"/>.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Form">How the JSON becomes bytes.</param>
/// <param name="Message">The message, where <paramref name="Form"/> is one.</param>
internal sealed record GnosticField(int Number, GnosticForm Form, Func<GnosticMessage>? Message = null)
{
    /// <summary>Fields of messages that stand around the value, from the outside in: how the "one of" messages say which one.</summary>
    public IReadOnlyList<int> Wrappers { get; init; } = [];
}
