namespace Lodestone.Cli.Lab.Site;

/// <summary>The disk of the API server's data: a file system of its own, which can be filled.</summary>
internal sealed class SiteDisk(SitePaths paths)
{
    private const int BlockLength = 4096;
    private const int NoSpace = 28;

    private string Filler => Path.Combine(paths.ServerData, "filler");

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[BlockLength];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException e) when (e.HResult == NoSpace)
        {
            // That is what was wanted.
        }
    }

    /// <summary>Gives it back. Nothing happens where it was not taken.</summary>
    public void Free() => File.Delete(Filler);
}
