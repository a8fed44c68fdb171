using System.Security.Cryptography;
using System.Text;
using Lodestone.ApiServer.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lodestone.Aggregation.Tests.Aggregation;

public sealed class WatchedFilesTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-files-").FullName;

    private string First => Path.Combine(_directory, "first");

    private string Second => Path.Combine(_directory, "second");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Current_FileReplaced_IsTheNewOneASecondLater()
    {
        WatchedFiles<string> files = Open();
        File.WriteAllText(First, "b");

        Assert.Equal("a1", files.Current);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("b1", files.Current);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData(null)]
    public void Current_FileUnusableOrGone_StaysUntilItIsUsable(string? content)
    {
        WatchedFiles<string> files = Open();
        File.Delete(Second);
        if (content is not null)
        {
            File.WriteAllText(Second, content);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("a1", files.Current);
        File.WriteAllText(Second, "2");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("a2", files.Current);
    }

    [Fact]
    public void Open_FileMissing_NamesIt()
    {
        var exception = Assert.Throws<FileException>(() => new WatchedFiles<string>([First], Make, _time, NullLogger<WatchedFiles<string>>.Instance));

        Assert.Contains(First, exception.Message, StringComparison.Ordinal);
    }

    private static string Make(IReadOnlyList<byte[]> contents)
    {
        string text = string.Concat(contents.Select(c => Encoding.UTF8.GetString(c)));
        return text.Contains("nonsense", StringComparison.Ordinal) ? throw new CryptographicException("nonsense") : text;
    }

    private WatchedFiles<string> Open()
    {
        File.WriteAllText(First, "a");
        File.WriteAllText(Second, "1");
        return new WatchedFiles<string>([First, Second], Make, _time, NullLogger<WatchedFiles<string>>.Instance);
    }
}
