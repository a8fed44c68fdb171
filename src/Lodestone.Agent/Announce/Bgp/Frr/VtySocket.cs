using System.Net.Sockets;
using System.Text;

namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>A conversation with one FRR daemon over the Unix socket that vtysh uses: no process for each command.</summary>
/// <remarks>A command ends with a NUL; an answer with three of them and a byte of result (FRR, <c>lib/vty.c</c>, as observed with 8.4 and 10).</remarks>
internal sealed class VtySocket : IDisposable
{
    private const int TrailerLength = 4;

    /// <summary>bgpd answers at once; one that does not is stuck.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly string _daemon;
    private byte[] _buffer = new byte[64 * 1024];

    private VtySocket(Socket socket, string daemon) => (_socket, _daemon) = (socket, daemon);

    /// <summary>Connects and asks for the right to change things.</summary>
    /// <param name="path">The socket, as <c>/run/lodestone-bgp/bgpd.vty</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BgpException">Nobody listens.</exception>
    public static async Task<VtySocket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        string daemon = Path.GetFileNameWithoutExtension(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            var vty = new VtySocket(socket, daemon);
            await vty.RunAsync("enable", cancellationToken);
            return vty;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new BgpException($"connect to {daemon} at '{path}': {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command and returns what it printed.</summary>
    /// <param name="command">One line.</param>
    /// <param name="cancellationToken">Gives up; the conversation is then of no use any more.</param>
    /// <param name="shown">The command as errors show it, where it holds a secret; null: as it is.</param>
    /// <exception cref="BgpException">The daemon refused, or is gone.</exception>
    public async Task<string> RunAsync(string command, CancellationToken cancellationToken, string? shown = null)
    {
        if (command.AsSpan().ContainsAnyInRange('\0', '\x1f'))
        {
            throw new ArgumentException("a command is one line without controls", nameof(command));
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            ReadOnlyMemory<byte> request = Encoding.UTF8.GetBytes(command + '\0');
            while (!request.IsEmpty)
            {
                request = request[await _socket.SendAsync(request, SocketFlags.None, limit.Token)..];
            }

            int length = await ReceiveAsync(limit.Token);
            string text = Encoding.UTF8.GetString(_buffer, 0, length - TrailerLength);
            byte result = _buffer[length - 1];
            return result == 0 ? text : throw new BgpException($"{_daemon} refused '{shown ?? command}': {text.Trim()} (result {result})");
        }
        catch (SocketException e)
        {
            throw new BgpException($"{_daemon} is gone: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BgpException($"{_daemon} does not answer '{shown ?? command}' within {AnswerLimit.TotalSeconds} s", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Reads a whole answer; returns its length with the trailer. Answers come one at a time, so the trailer is the end of what there is.</summary>
    private async Task<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        int length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            int received = await _socket.ReceiveAsync(_buffer.AsMemory(length), SocketFlags.None, cancellationToken);
            if (received == 0)
            {
                throw new BgpException($"{_daemon} is gone: it closed its socket");
            }

            length += received;
            if (length >= TrailerLength && _buffer.AsSpan(length - TrailerLength, TrailerLength - 1) is [0, 0, 0])
            {
                return length;
            }
        }
    }
}
