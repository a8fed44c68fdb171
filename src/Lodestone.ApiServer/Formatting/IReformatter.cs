namespace Lodestone.ApiServer.Formatting;

/// <summary>Gives JSON another form as it comes.</summary>
internal interface IReformatter : IDisposable
{
    /// <summary>Takes the next piece of text, which may end within a value; <paramref name="isLast"/> says that none follows.</summary>
    public void Write(ReadOnlySpan<byte> json, bool isLast = false);
}
