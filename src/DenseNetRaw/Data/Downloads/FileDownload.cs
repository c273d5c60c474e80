using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace DenseNetRaw.Data.Downloads;

/// <summary>
/// Downloads one file over HTTP: into a file beside its name that a later attempt goes on with, and, when size and MD5
/// are right, renamed.
/// </summary>
internal sealed class FileDownload : IDisposable
{
    private const string PartialSuffix = ".partial";

    /// <summary>Of a file whose size is not known, whatever the server says: 2 GiB, SVHN's largest has 1.3.</summary>
    private const long LargestUnknown = 1L << 31;

    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _client;
    private readonly TimeSpan _silence;
    private readonly Uri _address;

    /// <summary>Connects to nothing yet.</summary>
    /// <param name="address">What the files' names are added to.</param>
    /// <param name="silence">How long the server may say nothing.</param>
    public FileDownload(Uri address, TimeSpan silence)
    {
        _silence = silence;
        _address = new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
        _handler = new SocketsHttpHandler
        {
            ConnectTimeout = silence,
            UseProxy = !address.IsLoopback,
            AutomaticDecompression = DecompressionMethods.None,
        };
        _client = new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _handler.Dispose();
    }

    /// <summary>Downloads the file to <paramref name="path"/>.</summary>
    /// <exception cref="InvalidDataException">
    /// The server cannot be reached, has no such file, or another one; what came before a broken connection is kept.
    /// </exception>
    public async Task GetAsync(
        OfficialFile file, string path, Action<DownloadState> advanced, CancellationToken cancellation)
    {
        string partial = path + PartialSuffix;
        Uri address = new(_address, file.Name);
        if (Length(partial) != file.Bytes || file.Bytes is null)
            await FetchAsync(file, address, partial, advanced, cancellation);
        string md5 = Checksums.Of(partial).Md5;
        if (md5 != file.Md5)
        {
            long bytes = Length(partial);
            File.Delete(partial);
            throw new InvalidDataException(Text(
                $"{address}: expected {file.Name} with MD5 {file.Md5}, found {md5} ({bytes:N0} bytes, deleted)"));
        }

        File.Move(partial, path, overwrite: true);
    }

    private async Task FetchAsync(
        OfficialFile file, Uri address, string partial, Action<DownloadState> advanced, CancellationToken cancellation)
    {
        using CancellationTokenSource silent = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            silent.CancelAfter(_silence);
            using HttpResponseMessage response = await RequestAsync(address, partial, silent.Token);
            long begin = Begin(address, response, Length(partial));
            long? total = begin + response.Content.Headers.ContentLength;
            if (file.Bytes is { } expected && total is { } found && found != expected)
            {
                File.Delete(partial);
                throw new InvalidDataException(Text(
                    $"{address}: expected {file.Name} of {expected:N0} bytes, found {found:N0}"));
            }

            long limit = file.Bytes ?? LargestUnknown;
            if (response.Content.Headers.ContentLength > limit - begin)
            {
                File.Delete(partial);
                throw TooLong(address, limit);
            }

            DownloadState state = new(file.Name, begin, total ?? file.Bytes);
            await CopyAsync(response, limit, state, address, partial, advanced, silent);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or OperationCanceledException)
        {
            if (cancellation.IsCancellationRequested)
                throw;
            throw Broken(address, partial, e);
        }
    }

    private async Task<HttpResponseMessage> RequestAsync(Uri address, string partial, CancellationToken cancellation)
    {
        long have = Length(partial);
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        if (have > 0)
            request.Headers.Range = new RangeHeaderValue(have, null);
        HttpResponseMessage response =
            await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable || have == 0)
            return response;

        // The file that is being gone on with is as long as the server's, or longer: begin anew.
        response.Dispose();
        File.Delete(partial);
        return await RequestAsync(address, partial, cancellation);
    }

    /// <summary>The byte that the answer begins with.</summary>
    private static long Begin(Uri address, HttpResponseMessage response, long have)
    {
        long? from = response.Content.Headers.ContentRange?.From;
        return response.StatusCode switch
        {
            HttpStatusCode.OK => 0,
            HttpStatusCode.PartialContent when from == have => have,
            HttpStatusCode.PartialContent => throw new InvalidDataException(
                $"{address}: expected the file from byte {have} on, found it from byte {from}"),
            _ => throw new InvalidDataException(
                $"{address}: expected the file, found {(int)response.StatusCode} {response.ReasonPhrase}"),
        };
    }

    private async Task CopyAsync(
        HttpResponseMessage response,
        long limit,
        DownloadState state,
        Uri address,
        string partial,
        Action<DownloadState> advanced,
        CancellationTokenSource silent)
    {
        FileMode mode = state.Bytes == 0 ? FileMode.Create : FileMode.Append;
        await using FileStream to = new(partial, mode, FileAccess.Write);
        await using Stream from = await response.Content.ReadAsStreamAsync(silent.Token);
        byte[] buffer = new byte[1 << 17];
        advanced(state);
        while (true)
        {
            silent.CancelAfter(_silence);
            int read = await from.ReadAsync(buffer, silent.Token);
            if (read == 0)
                break;
            state = state with { Bytes = state.Bytes + read };
            if (state.Bytes > limit)
                throw TooLong(address, limit);
            await to.WriteAsync(buffer.AsMemory(0, read), silent.Token);
            advanced(state);
        }

        to.Flush(flushToDisk: true);
        if (state.TotalBytes is { } total && state.Bytes < total)
            throw new HttpIOException(HttpRequestError.ResponseEnded);
    }

    private static InvalidDataException TooLong(Uri address, long limit) =>
        new(Text($"{address}: expected at most {limit:N0} bytes, found more"));

    private InvalidDataException Broken(Uri address, string partial, Exception e)
    {
        long kept = Length(partial);
        if (kept == 0)
            File.Delete(partial);
        string why = e is OperationCanceledException
            ? Text($"nothing for {_silence.TotalSeconds:0.#} seconds")
            : e is HttpRequestException { InnerException: { } inner } ? inner.Message : e.Message;
        string rest = kept > 0 ? Text($"; {kept:N0} bytes are kept, run it again to go on") : "";
        return new InvalidDataException($"{address}: expected the file, found: {why.TrimEnd('.')}{rest}", e);
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
