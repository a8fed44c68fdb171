namespace Lodestone.Kernel.Tests.Packets;

/// <summary>The program for frames of several buffers (xdp.frags), which gets the first bytes in one and the rest in others.</summary>
public sealed class DatapathInBuffers : DatapathUnderTest
{
    /// <summary>Bytes of the first buffer: more than headers take.</summary>
    public const int FirstBuffer = 340;

    public DatapathInBuffers()
        : this(FirstBuffer)
    {
    }

    internal DatapathInBuffers(int first)
        : base(first)
    {
    }
}
