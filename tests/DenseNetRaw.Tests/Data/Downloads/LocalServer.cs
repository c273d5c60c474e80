using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DenseNetRaw.Tests.Data.Downloads;

/// <summary>A web server on this machine that has some files, and some bad habits.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();

    public LocalServer()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/mirror");
        _ = ServeAsync();
    }

    public Uri Address { get; }

    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>First bytes of the ranges that were asked for; null where the whole was.</summary>
    public List<long?> Requests { get; } = [];

    /// <summary>After so many bytes of a body the connection is closed; null for none.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Whether requests for a part are answered with the whole.</summary>
    public bool IgnoresRanges { get; set; }

    /// <summary>Whether it takes requests and says nothing.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Whether it leaves out how long the answer is.</summary>
    public bool HidesLength { get; set; }

    /// <summary>The length that the answer claims to have; null for the right one.</summary>
    public long? ClaimedLength { get; set; }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                await AnswerAsync(client.GetStream());
            }
            catch (Exception e) when (
                e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client hung up, or the test is over.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        string[] request = await ReadRequestAsync(stream);
        string name = request[0].Split(' ')[1]["/mirror/".Length..];
        string? range = request.FirstOrDefault(
            line => line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase));
        long? from = range is null ? null : long.Parse(range["Range: bytes=".Length..^1], CultureInfo.InvariantCulture);
        Requests.Add(from);
        if (IsSilent)
        {
            await Task.Delay(Timeout.Infinite, _end.Token);
        }
        else if (!Files.TryGetValue(name, out byte[]? file))
        {
            await SendAsync(stream, "404 Not Found", "", []);
        }
        else if (from is { } begin && !IgnoresRanges)
        {
            if (begin >= file.Length)
            {
                await SendAsync(stream, "416 Range Not Satisfiable", "", []);
            }
            else
            {
                await SendAsync(stream, "206 Partial Content",
                    $"Content-Range: bytes {begin}-{file.Length - 1}/{file.Length}\r\n", file[(int)begin..]);
            }
        }
        else
        {
            await SendAsync(stream, "200 OK", "", file);
        }
    }

    private async Task SendAsync(NetworkStream stream, string status, string header, byte[] body)
    {
        string length = HidesLength ? "" : $"Content-Length: {ClaimedLength ?? body.Length}\r\n";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{header}{length}Connection: close\r\n\r\n"));
        await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, CutAfter ?? int.MaxValue)));
    }

    private async Task<string[]> ReadRequestAsync(NetworkStream stream)
    {
        StringBuilder text = new();
        byte[] buffer = new byte[4096];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0)
                throw new IOException("the client said nothing");
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return text.ToString().Split("\r\n");
    }
}
