using System.Globalization;

namespace Lodestone.ApiServer.Storage;

/// <summary>The files of the store are not what was written; the store is not opened, so that nothing wrong is served.</summary>
public sealed class StoreCorruptException : Exception
{
    /// <summary>Names the file, where in it, what is wrong there, and the way out.</summary>
    /// <param name="file">The damaged file.</param>
    /// <param name="offset">Where the damage is, in bytes from the file's beginning; null where the whole file is meant.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreCorruptException(string file, long? offset, string problem, Exception? innerException = null)
        : base(Compose(file, offset, problem), innerException)
    {
        File = file;
        Offset = offset;
        Problem = problem;
    }

    /// <summary>The damaged file.</summary>
    public string File { get; }

    /// <summary>Bytes from the file's beginning; null where the whole file is meant.</summary>
    public long? Offset { get; }

    /// <summary>What is wrong, without file and remedy.</summary>
    public string Problem { get; }

    private static string Compose(string file, long? offset, string problem)
    {
        string where = offset is { } at ? string.Create(CultureInfo.InvariantCulture, $"'{file}' is damaged at offset {at}") : $"'{file}' is damaged";
        return $"{where}: {problem}. Nothing was changed. 'lodestone store check' lists all damage; 'lodestone store restore' makes a new "
            + "data directory from a backup, or with --up-to-damage from what is whole in this one.";
    }
}
