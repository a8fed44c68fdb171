using System.Text;

namespace Lodestone.Client.Certificates;

/// <summary>Files that hold keys.</summary>
public static class SecretFile
{
    /// <summary>Writes a file that only its owner may read; whoever reads it finds the former text or the new one, also after a power cut.</summary>
    public static void Write(string path, string text) => Write(path, text, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>Writes a file as a whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">What it is to hold, in UTF-8.</param>
    /// <param name="mode">Who may read it.</param>
    public static void Write(string path, string text, UnixFileMode mode)
    {
        string temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
