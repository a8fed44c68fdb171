using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Lodestone.Agent.Announce.Bgp.Bird;

/// <summary>One command to BIRD over its control socket, as birdc gives it.</summary>
/// <remarks>
/// An answer is lines: four digits and '-' where more follow, four digits and a blank in the last, or a blank alone for more text of the
/// last number. Numbers from 8000 on are errors (BIRD 2, <c>doc/reply_codes</c>).
/// </remarks>
internal static class BirdSocket
{
    private const int FirstError = 8000;
    private const int CodeLength = 4;

    /// <summary>BIRD answers at once; one that does not is stuck.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Runs a command; returns the lines of the answer without their numbers.</summary>
    /// <exception cref="BgpException">BIRD does not answer or refused.</exception>
    public static async Task<List<string>> RunAsync(string path, string command, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token);
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            await ReadAsync(reader, "greeting", limit.Token);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"), limit.Token);
            return await ReadAsync(reader, command, limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new BgpException($"ask bird at '{path}': {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BgpException($"bird does not answer '{command}' within {AnswerLimit.TotalSeconds} s", e);
        }
    }

    private static async Task<List<string>> ReadAsync(StreamReader reader, string command, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length <= CodeLength || !int.TryParse(line.AsSpan(0, CodeLength), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
            {
                lines.Add(line.TrimStart());
                continue;
            }

            lines.Add(line[(CodeLength + 1)..].Trim());
            if (line[CodeLength] == ' ')
            {
                return code < FirstError ? lines : throw new BgpException($"bird refused '{command}': {string.Join("; ", lines)} (code {code})");
            }
        }

        throw new BgpException($"bird is gone: it closed its socket after '{command}'");
    }
}
